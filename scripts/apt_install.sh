#!/bin/sh
# Install Debian packages as root or through sudo; says what to do where neither is possible.
set -eu
if [ "$(id -u)" = 0 ]; then
  sudo=""
elif command -v sudo >/dev/null; then
  sudo="sudo"
else
  echo "These Debian packages are missing: $*. Install them as root: apt-get install $*" >&2
  exit 1
fi
$sudo apt-get update -qq
DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends "$@"
