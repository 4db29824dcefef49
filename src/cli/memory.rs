//! How the allocator treats what was freed.

/// Gives large buffers back to the system as soon as they are freed, and keeps few pools. glibc otherwise learns from one
/// large message to keep up to 64 MB of freed memory in the pool of each thread, for good. Called before other threads
/// begin; elsewhere than with glibc it does nothing.
pub(super) fn give_back_early() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    // SAFETY: mallopt takes plain numbers and is called while there is one thread; what it does not know it refuses.
    unsafe {
        libc::mallopt(libc::M_ARENA_MAX, 2);
        libc::mallopt(libc::M_MMAP_THRESHOLD, 1 << 20);
        libc::mallopt(libc::M_TRIM_THRESHOLD, 4 << 20);
    }
}

/// From now on gives back once a minute what stands free between what is in use: the allocator itself gives back only
/// from the end of a pool, and after one dear question a server would stay as large as it was then. Takes milliseconds.
pub(super) fn keep_giving_back() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    std::thread::spawn(|| {
        loop {
            std::thread::sleep(std::time::Duration::from_secs(60));
            // SAFETY: malloc_trim takes the allocator's own locks, and touches nothing that is in use.
            unsafe { libc::malloc_trim(0) };
        }
    });
}
