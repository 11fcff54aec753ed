//! Sockets of services that act for whoever reaches them, outside of every jail: no grant of one is ever suggested.

use std::path::{Component, Path};

const ROOT: &str = "whoever reaches that socket can start containers, and is root on this machine";
const BUS: &str = "over that bus a program starts others outside of the jail, and reads the keyring";
const SCREEN: &str = "over that socket a program sees the screen, the clipboard and what is typed";
const AGENT: &str = "over that socket a program signs and logs in with your keys";
const TERMINAL: &str = "over that socket a program types into your terminals or your editor";
const SESSION: &str = "what lies there are the doors of your session, to services outside of the jail";

/// Where a service listens: some part of the path begins with the first text, and the last part with the second.
const DOORS: [(&str, &str, &str); 30] = [
    ("", "docker.sock", ROOT),
    ("", "docker-cli.sock", ROOT),
    ("", "dockerd.sock", ROOT),
    ("", "containerd.sock", ROOT),
    ("", "podman.sock", ROOT),
    ("podman", "io.podman", ROOT),
    ("", "crio.sock", ROOT),
    ("", "buildkitd.sock", ROOT),
    ("lxd", "unix.socket", ROOT),
    ("incus", "unix.socket", ROOT),
    ("libvirt", "libvirt-sock", ROOT),
    ("libvirt", "virtqemud-sock", ROOT),
    ("dbus", "", BUS),
    ("systemd", "private", BUS),
    ("user", "bus", BUS),
    (".X11-unix", "", SCREEN),
    ("user", "wayland-", SCREEN),
    ("xdg-desktop-portal", "", SCREEN),
    ("user", "pipewire-", SCREEN),
    ("pulse", "native", SCREEN),
    ("ssh-", "agent.", AGENT),
    (".ssh", "", AGENT),
    ("", "S.gpg-agent", AGENT),
    ("", "S.scdaemon", AGENT),
    ("keyring", "", AGENT),
    (".1password", "agent.sock", AGENT),
    ("tmux-", "", TERMINAL),
    ("screen", "S-", TERMINAL),
    ("", "vscode-ipc-", TERMINAL),
    ("", "vscode-git-", TERMINAL),
];

/// What a grant of `resource`, a path or `unix:` and a path, gives away.
pub fn gives_away(resource: &str) -> Option<&'static str> {
    let path = Path::new(resource.strip_prefix("unix:").unwrap_or(resource));
    let parts: Vec<&str> = path
        .components()
        .filter_map(|part| if let Component::Normal(name) = part { name.to_str() } else { None })
        .collect();
    let last = parts.last()?;
    let leads = |(above, name, _): &&(&str, &str, &str)| {
        last.starts_with(name) && parts.iter().any(|part| part.starts_with(above))
    };
    let is_socket = lies_where_services_listen(&parts) || last.contains(".sock") || last.starts_with("S.");
    let door = DOORS.iter().find(leads).filter(|_| is_socket).map(|(.., why)| *why);
    door.or_else(|| of_session(&parts).then_some(SESSION))
}

/// A project's file called `dbus.js` is none of these.
fn lies_where_services_listen(parts: &[&str]) -> bool {
    matches!(parts, ["run" | "tmp", ..] | ["var", "run" | "lib", ..])
        || parts.contains(&".ssh")
        || parts.contains(&".X11-unix")
}

/// `/run/user/1000` and what is in it.
fn of_session(parts: &[&str]) -> bool {
    matches!(parts, ["run", "user", _, ..] | ["var", "run", "user", _, ..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doors_are_known_wherever_they_stand() {
        for (path, why) in [
            ("/var/run/docker.sock", ROOT),
            ("unix:/run/docker.sock", ROOT),
            ("/home/ann/.docker/run/docker.sock", ROOT),
            ("/run//./containerd/containerd.sock", ROOT),
            ("/run/user/1000/podman/podman.sock", ROOT),
            ("/run/dbus/system_bus_socket", BUS),
            ("unix:/run/user/1000/bus", BUS),
            ("/tmp/.X11-unix/X0", SCREEN),
            ("/run/user/1000/wayland-0", SCREEN),
            ("unix:/tmp/ssh-XXXXabc/agent.123", AGENT),
            ("/home/ann/.gnupg/S.gpg-agent.ssh", AGENT),
            ("/run/user/1000/keyring/ssh", AGENT),
            ("/tmp/tmux-1000/default", TERMINAL),
            ("/run/user/1000/vscode-ipc-1.sock", TERMINAL),
            ("/run/user/1000/anything", SESSION),
            ("/run/user/1000", SESSION),
        ] {
            assert_eq!(gives_away(path), Some(why), "{path}");
        }
    }

    #[test]
    fn other_sockets_and_files_of_the_same_name_are_none() {
        for path in [
            "unix:/run/postgresql/.s.PGSQL.5432",
            "/run/mysqld/mysqld.sock",
            "/srv/app/dbus.js",
            "/srv/app/src/keyring/index.ts",
            "/srv/app/screen/S-1.png",
            "/tmp/app/out.txt",
            "/run/user",
            "/",
            "",
        ] {
            assert_eq!(gives_away(path), None, "{path}");
        }
    }
}
