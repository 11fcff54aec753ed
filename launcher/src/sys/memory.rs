//! The memory of another process (process_vm_readv(2)), and of the machine.

use super::check;
use std::io;

/// Has all threads take memory from one place: glibc would map 128 MiB of addresses for each, and touch a part of them.
/// Before the first thread is made.
#[cfg(target_env = "gnu")]
pub fn share_one_heap() {
    // SAFETY: mallopt only sets a number, and there is no other thread yet.
    unsafe { libc::mallopt(libc::M_ARENA_MAX, 1) };
}

/// Gives back the memory that holds this program's code and constants: what is used again comes from the file by a fault
/// (madvise(2)). For processes that have done most of their work, and stay.
pub fn forget_code() {
    // SAFETY: the function has the type that dl_iterate_phdr(3) calls, and no data.
    unsafe { libc::dl_iterate_phdr(Some(forget_object), std::ptr::null_mut()) };
}

/// # Safety
/// `object` describes an object that is mapped.
unsafe extern "C" fn forget_object(
    object: *mut libc::dl_phdr_info,
    _size: libc::size_t,
    _data: *mut libc::c_void,
) -> libc::c_int {
    // SAFETY: the caller gives a valid object, whose headers are as many as it says.
    let (base, headers) = unsafe {
        let object = &*object;
        (object.dlpi_addr, std::slice::from_raw_parts(object.dlpi_phdr, usize::from(object.dlpi_phnum)))
    };
    for segment in headers.iter().filter(|one| one.p_type == libc::PT_LOAD && one.p_flags & libc::PF_W == 0) {
        let page = base.saturating_add(segment.p_vaddr) & !(PAGE - 1);
        let length = segment.p_memsz.saturating_add(segment.p_vaddr & (PAGE - 1));
        // SAFETY: the pages are a private mapping of a file that was never written to, so they come again as they were.
        unsafe { libc::madvise(page as *mut libc::c_void, length as usize, libc::MADV_DONTNEED) };
    }
    0
}

/// What a page is at least, in bytes.
pub const PAGE: u64 = 4096;

/// The machine's memory, in bytes (sysinfo(2)).
pub fn of_machine() -> io::Result<u64> {
    // SAFETY: all-zero is a valid sysinfo.
    let mut found: libc::sysinfo = unsafe { std::mem::zeroed() };
    // SAFETY: the kernel writes one sysinfo.
    check(unsafe { libc::sysinfo(&raw mut found) })?;
    Ok(found.totalram.saturating_mul(u64::from(found.mem_unit)))
}

/// One piece of another process's memory, and where it goes to.
pub struct Piece<'a> {
    pub address: u64,
    pub into: &'a mut [u8],
}

/// Copies `pieces` in order, in one call. Returns how many bytes were copied: fewer than asked for where a page is
/// missing. At most 16 pieces.
pub fn read(process: i32, pieces: &mut [Piece<'_>]) -> io::Result<usize> {
    let mut local = [libc::iovec { iov_base: std::ptr::null_mut(), iov_len: 0 }; 16];
    let mut remote = local;
    let count = pieces.len().min(local.len());
    for (index, piece) in pieces.iter_mut().enumerate().take(count) {
        local[index] = libc::iovec { iov_base: piece.into.as_mut_ptr().cast(), iov_len: piece.into.len() };
        remote[index] = libc::iovec { iov_base: piece.address as *mut libc::c_void, iov_len: piece.into.len() };
    }
    // SAFETY: the local vectors are the exclusive slices of `pieces`; the kernel checks the remote addresses.
    let copied = check(unsafe {
        libc::process_vm_readv(process, local.as_ptr(), count as u64, remote.as_ptr(), count as u64, 0)
    })?;
    Ok(copied as usize)
}

/// Copies `bytes` to `address` in the other process, whole or with an error.
pub fn write(process: i32, address: u64, bytes: &[u8]) -> io::Result<()> {
    let local = libc::iovec { iov_base: bytes.as_ptr().cast_mut().cast(), iov_len: bytes.len() };
    let remote = libc::iovec { iov_base: address as *mut libc::c_void, iov_len: bytes.len() };
    // SAFETY: process_vm_writev only reads the local vector, which `bytes` covers; the kernel checks the remote one.
    let copied = check(unsafe { libc::process_vm_writev(process, &raw const local, 1, &raw const remote, 1, 0) })?;
    if copied as usize == bytes.len() { Ok(()) } else { Err(io::Error::from_raw_os_error(libc::EFAULT)) }
}

/// Copies each word to its address in the other process, all or with an error. At most 16.
pub fn write_words(process: i32, words: &[(u64, u32)]) -> io::Result<()> {
    let mut local = [libc::iovec { iov_base: std::ptr::null_mut(), iov_len: 0 }; 16];
    let mut remote = local;
    let count = words.len().min(local.len());
    for (index, (address, word)) in words.iter().enumerate().take(count) {
        local[index] = libc::iovec { iov_base: (&raw const *word).cast_mut().cast(), iov_len: size_of::<u32>() };
        remote[index] = libc::iovec { iov_base: *address as *mut libc::c_void, iov_len: size_of::<u32>() };
    }
    // SAFETY: process_vm_writev only reads the local vectors, which are the words; the kernel checks the remote ones.
    let copied = check(unsafe {
        libc::process_vm_writev(process, local.as_ptr(), count as u64, remote.as_ptr(), count as u64, 0)
    })?;
    if copied as usize == count * size_of::<u32>() { Ok(()) } else { Err(io::Error::from_raw_os_error(libc::EFAULT)) }
}
