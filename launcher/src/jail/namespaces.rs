//! A further layer where the kernel allows it.
