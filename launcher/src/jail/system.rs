//! What every target may see of the system, each with its reason.

/// Shared libraries of the engine, of granted programs and of addons; the dynamic linker's cache.
pub const LIBRARIES: &[&str] = &["/usr/lib", "/usr/lib64", "/usr/lib32", "/usr/local/lib", "/lib", "/lib64"];

/// Programs that the kernel starts to load another: the only ones that every target may execute beside the engine.
pub const LOADERS: &[&str] = &[
    "/lib64/ld-linux-x86-64.so.2",
    "/lib/ld-linux-aarch64.so.1",
    "/lib/ld-musl-x86_64.so.1",
    "/lib/ld-musl-aarch64.so.1",
];

/// Readable files and folders, nothing in them a secret.
pub const READABLE: &[&str] = &[
    // ld.so: where libraries are.
    "/etc/ld.so.cache",
    // glibc and c-ares: how names of hosts, services and protocols are looked up.
    "/etc/nsswitch.conf",
    "/etc/resolv.conf",
    "/etc/hosts",
    "/etc/host.conf",
    "/etc/gai.conf",
    "/etc/services",
    "/etc/protocols",
    // The time zone, and every zone's rules.
    "/etc/localtime",
    "/etc/timezone",
    "/usr/share/zoneinfo",
    // OpenSSL: its settings and the certificates of public authorities, where distributions keep them.
    "/etc/ssl/openssl.cnf",
    "/etc/ssl/cert.pem",
    "/etc/ssl/certs",
    "/etc/pki/tls/openssl.cnf",
    "/etc/pki/tls/cert.pem",
    "/etc/pki/tls/certs",
    "/etc/pki/ca-trust/extracted",
    "/usr/share/ca-certificates",
    // Which distribution this is: addons choose their build by it.
    "/etc/os-release",
    // os.cpus(), os.availableParallelism(), the engine's thread pool.
    "/sys/devices/system/cpu",
];

/// What appears in the new root for all of the above: names and metadata of installed software can be seen, its content
/// only where the rules say so. Each folder shown costs a mount at every start.
pub const SHOWN: &[&str] = &["/bin", "/etc", "/lib", "/lib32", "/lib64", "/sbin", "/sys/devices/system/cpu", "/usr"];

/// Devices that hold nothing.
pub const DEVICES: &[&str] = &["/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom"];

/// Symlinks in /dev that programs count on.
pub const DEVICE_LINKS: &[(&str, &str)] = &[
    ("/dev/fd", "/proc/self/fd"),
    ("/dev/stdin", "/proc/self/fd/0"),
    ("/dev/stdout", "/proc/self/fd/1"),
    ("/dev/stderr", "/proc/self/fd/2"),
];

/// The target's own files, below /proc: the engine reads its memory use, its limits, its control group and its mappings.
/// Not `mem`, and not `net` and `task`, which tell of the connections of the whole machine.
pub const OWN_PROCESS: &[&std::ffi::CStr] = &[
    c"self/cgroup",
    c"self/cmdline",
    c"self/environ",
    c"self/fd",
    c"self/fdinfo",
    c"self/limits",
    c"self/maps",
    c"self/mountinfo",
    c"self/smaps_rollup",
    c"self/stat",
    c"self/statm",
    c"self/status",
];

/// The machine's files, below /proc, that os.* reads, and a few that programs size themselves by.
pub const MACHINE: &[&std::ffi::CStr] = &[
    c"cpuinfo",
    c"loadavg",
    c"meminfo",
    c"stat",
    c"uptime",
    c"version",
    c"sys/kernel/osrelease",
    c"sys/net/core/somaxconn",
    c"sys/vm/overcommit_memory",
];
