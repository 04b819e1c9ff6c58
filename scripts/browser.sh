#!/bin/sh
# The browser tests drive Debian's Chromium, without a window of its own where that is to be had (scripts/pictures/camera.py).
# Installs it where that is allowed; where there is none it says so, and those tests are skipped.
command -v chromium-headless-shell >/dev/null 2>&1 && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
  { apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium-headless-shell fonts-noto-cjk libgl1-mesa-dri libegl1 libgles2; } >/dev/null 2>&1 && exit 0
fi
command -v chromium >/dev/null 2>&1 && exit 0
echo "Chromium is missing: the browser tests are skipped (apt-get install chromium-headless-shell fonts-noto-cjk)."
