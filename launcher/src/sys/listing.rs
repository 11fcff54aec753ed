//! Names in a folder by descriptor, which need no path and no /proc (getdents64(2)).

use super::{check, file};
use std::ffi::{CStr, CString};
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};

/// Where the name begins in a `struct linux_dirent64`, and where its length stands.
const NAME: usize = 19;
const LENGTH: usize = 16;

/// The first names in `folder`, at least `most` of them where there are as many; not `.` and `..`.
pub fn names(folder: BorrowedFd<'_>, most: usize) -> io::Result<Vec<CString>> {
    let own = file::open_at(Some(folder), c".", libc::O_DIRECTORY)?;
    let mut found = Vec::new();
    let mut buffer = vec![0_u8; 32 * 1024];
    while found.len() < most {
        let (number, pointer, size) = (own.as_fd().as_raw_fd(), buffer.as_mut_ptr(), buffer.len());
        // SAFETY: the kernel writes at most `size` bytes into the buffer.
        let filled = check(unsafe { libc::syscall(libc::SYS_getdents64, number, pointer, size) })? as usize;
        if filled == 0 {
            break;
        }
        collect(&buffer[..filled], &mut found);
    }
    Ok(found)
}

fn collect(mut entries: &[u8], found: &mut Vec<CString>) {
    while entries.len() > NAME {
        let length = usize::from(u16::from_ne_bytes([entries[LENGTH], entries[LENGTH + 1]]));
        let Some((entry, rest)) = entries.split_at_checked(length) else { return };
        if let Ok(name) = CStr::from_bytes_until_nul(&entry[NAME..])
            && name != c"."
            && name != c".."
        {
            found.push(name.to_owned());
        }
        entries = rest;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_listed_once_and_the_folder_itself_is_not() {
        let folder = std::env::temp_dir().join(format!("listing-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder");
        for number in 0..2000 {
            std::fs::write(folder.join(format!("a-rather-long-name-{number}")), "").expect("a file");
        }
        let open = std::fs::File::open(&folder).expect("it is there");
        let mut names = names(open.as_fd(), usize::MAX).expect("it can be listed");
        names.sort();
        names.dedup();
        assert_eq!(names.len(), 2000);
        std::fs::remove_dir_all(folder).expect("it is ours");
    }
}
