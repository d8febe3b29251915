#!/bin/sh
# What the tests drive beside Python packages: Chromium with Chinese fonts, what Playwright's driver needs, Prometheus, and ip.
set -eu
here=$(dirname "$0")
missing=""
command -v chromium >/dev/null || missing="$missing chromium"
command -v prometheus >/dev/null || missing="$missing prometheus"
[ -n "$(find /usr/share/fonts -name 'NotoSansCJK*' -print -quit 2>/dev/null)" ] || missing="$missing fonts-noto-cjk"
"$here"/../.venv/lib/python3*/site-packages/playwright/driver/node --version >/dev/null 2>&1 || missing="$missing libatomic1"
# Only root can make network namespaces; the others' tests of two machines are left out.
[ "$(id -u)" != 0 ] || command -v ip >/dev/null || missing="$missing iproute2"
# shellcheck disable=SC2086  # a list of words is meant
[ -z "$missing" ] || sh "$here/apt_install.sh" $missing
