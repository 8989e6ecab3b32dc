#!/bin/sh
# Installs the agent for the user who runs it, without root; run again to replace it by another version.
#   ./install.sh            installs
#   ./install.sh --remove   takes the agent away; its folder with enrolment and journal stays
set -eu

if [ "$(id -u)" = 0 ] && [ "${KYSO_INSTALL_AS_ROOT:-}" != 1 ]; then
  echo "Hãy chạy bằng tài khoản của người ký, không phải root. / Run this as the signer, not as root." >&2
  exit 1
fi

lib="$HOME/.local/lib/kyso-agent"
bin="$HOME/.local/bin"
units="${XDG_CONFIG_HOME:-$HOME/.config}/systemd/user"
applications="${XDG_DATA_HOME:-$HOME/.local/share}/applications"

has() { command -v "$1" >/dev/null 2>&1; }
# no user manager (a container, an ssh session without one): the agent is then started by hand
manager() { has systemctl && systemctl --user show-environment >/dev/null 2>&1; }

case "$lib$units" in
  *[!A-Za-z0-9_./@+,:-]*) echo "Đường dẫn có ký tự không dùng được: $lib" >&2; exit 1 ;;
esac

remove() {
  if manager; then systemctl --user disable --now kyso-agent.service >/dev/null 2>&1 || true; fi
  rm -f "$units/kyso-agent.service" "$applications/kyso-agent.desktop" "$bin/kyso-agent"
  rm -rf "$lib"
  if manager; then systemctl --user daemon-reload; fi
  if has update-desktop-database; then update-desktop-database -q "$applications" || true; fi
}

if [ "${1:-}" = --remove ]; then
  remove
  echo "Đã gỡ trình ký. / The agent was removed."
  exit 0
elif [ $# -gt 0 ]; then
  echo "usage: install.sh [--remove]" >&2
  exit 2
fi

here=$(dirname -- "$(readlink -f -- "$0")")
mkdir -p "$bin" "$units" "$applications" "$(dirname -- "$lib")"
chmod go-w "$(dirname -- "$lib")"

# copied beside the old one, then put in its place: a copy that breaks off leaves the old one whole
rm -rf "$lib.new" "$lib.old"
cp -R "$here" "$lib.new"
chmod -R go-w "$lib.new"
"$lib.new/bin/kyso-agent" --version >/dev/null
if [ -e "$lib" ]; then mv "$lib" "$lib.old"; fi
mv "$lib.new" "$lib"
rm -rf "$lib.old"

ln -sfn "$lib/bin/kyso-agent" "$bin/kyso-agent"
sed "s|@LIB@|$lib|g" "$lib/share/kyso-agent.service" >"$units/kyso-agent.service"
sed "s|@LIB@|$lib|g" "$lib/share/kyso-agent.desktop" >"$applications/kyso-agent.desktop"
if has update-desktop-database; then update-desktop-database -q "$applications" || true; fi
if has xdg-mime; then xdg-mime default kyso-agent.desktop x-scheme-handler/kyso || true; fi

if manager; then
  systemctl --user daemon-reload
  systemctl --user enable kyso-agent.service
  systemctl --user restart kyso-agent.service
  echo "Trình ký đang chạy: http://127.0.0.1:17650 / The agent is running."
else
  echo "Hãy tự mở trình ký: $bin/kyso-agent serve / Start the agent yourself."
fi
echo "Bước tiếp theo: kyso-agent enrol MÃ --api https://… / Next: enrol this machine."
