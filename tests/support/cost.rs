//! What a piece of work costs the thread that does it: processor time, which waiting for a processor does not change (a
//! neighbour on the same core does: see [`slowness`]), and memory at its peak.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::time::Duration;

thread_local! {
    static HELD: Cell<isize> = const { Cell::new(0) };
    static PEAK: Cell<isize> = const { Cell::new(0) };
}

/// Does the work, and says what it took: time, and bytes beyond those that were held before.
pub fn cost<T>(work: impl FnOnce() -> T) -> (T, Duration, usize) {
    let (held, began) = (HELD.get(), processor_time());
    PEAK.set(held);
    let done = work();
    (done, processor_time() - began, usize::try_from(PEAK.get() - held).unwrap())
}

/// How much slower a processor is at this moment than one that has nothing else to do: two that share a core, or a host, are
/// each slower for it, which says nothing of the work. Never below 1.
pub fn slowness() -> f64 {
    let (_, time, _) = cost(|| (0..STEPS).fold(1u64, |sum, step| std::hint::black_box(sum.rotate_left(5) ^ step)));
    (time.as_secs_f64() / ALONE.as_secs_f64()).max(1.0)
}

/// Steps of the yardstick, and what they take on a processor of 2.8 GHz alone, in the dev profile.
const STEPS: u64 = 4_000_000;
const ALONE: Duration = Duration::from_millis(28);

/// Of this thread, so far.
fn processor_time() -> Duration {
    let statistics = std::fs::read_to_string("/proc/thread-self/schedstat").expect("Linux tells what a thread ran");
    Duration::from_nanos(statistics.split(' ').next().unwrap().parse().unwrap())
}

/// The system's allocator, counting.
struct Counting;

#[global_allocator]
static COUNTING: Counting = Counting;

fn count(by: isize) {
    // A thread that ends has no counters any more.
    let _ = HELD.try_with(|held| {
        held.set(held.get() + by);
        PEAK.try_with(|peak| peak.set(peak.get().max(held.get())))
    });
}

/// SAFETY: every call goes to the system's allocator as it came; counting allocates nothing.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as isize);
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as isize);
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(size as isize - layout.size() as isize);
        unsafe { System.realloc(pointer, layout, size) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        count(-(layout.size() as isize));
        unsafe { System.dealloc(pointer, layout) }
    }
}
