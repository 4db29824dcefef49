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
