#!/bin/sh
# What the tests drive beside Python packages: Chromium with Chinese fonts, and Prometheus.
set -eu
here=$(dirname "$0")
missing=""
command -v chromium >/dev/null || missing="$missing chromium"
command -v prometheus >/dev/null || missing="$missing prometheus"
[ -n "$(find /usr/share/fonts -name 'NotoSansCJK*' -print -quit 2>/dev/null)" ] || missing="$missing fonts-noto-cjk"
# shellcheck disable=SC2086  # a list of words is meant
[ -z "$missing" ] || sh "$here/apt_install.sh" $missing
