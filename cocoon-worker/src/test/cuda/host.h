// The bodies of primitives.cuh for the stand-in driver: threads are fibers, warps meet in the driver.
#pragma once

#include <stdint.h>
#include <string.h>

#define DEVICE static inline

struct StandInThread {
    int thread, threads, block_x, block_y, block_z, grid_x, grid_y, grid_z;
};

extern "C" {
// Where the running fiber is; the address stays the same for an operating-system thread.
StandInThread* standin_thread();
void* standin_shared();
void standin_block_barrier();
uint32_t standin_exchange(uint32_t bits, int lane);
void standin_mma(float* c, const uint32_t* a, const uint32_t* b);
void standin_copy(void* to, const void* from);
void standin_commit();
void standin_wait(int latest);
void standin_misaligned(const void* at, int bytes);
}

// Beside the kernel: how many bytes its structure has for this compiler, and how many threads a block may have.
#define KERNEL(name, limit, Args)                                     \
    static void body_##name(const Args& args);                        \
    extern "C" {                                                      \
    extern const int cocoon_##name##_bytes = sizeof(Args);            \
    extern const int cocoon_##name##_threads = limit;                 \
    void cocoon_##name(void** parameters) {                           \
        body_##name(*static_cast<const Args*>(parameters[0]));        \
    }                                                                 \
    }                                                                 \
    static void body_##name(const Args& args)

#define SHARED(Type, name) Type* name = static_cast<Type*>(standin_shared())

DEVICE int thread_index() { return standin_thread()->thread; }
DEVICE int block_threads() { return standin_thread()->threads; }
DEVICE int block_x() { return standin_thread()->block_x; }
DEVICE int block_y() { return standin_thread()->block_y; }
DEVICE int block_z() { return standin_thread()->block_z; }
DEVICE int grid_x() { return standin_thread()->grid_x; }
DEVICE int grid_y() { return standin_thread()->grid_y; }
DEVICE int grid_z() { return standin_thread()->grid_z; }
DEVICE void block_barrier() { standin_block_barrier(); }

DEVICE uint32_t float_bits(float value) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

DEVICE float bits_float(uint32_t bits) {
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

DEVICE float warp_other(float value, int mask) {
    return bits_float(standin_exchange(float_bits(value), (thread_index() % WARP) ^ mask));
}

DEVICE int warp_other(int value, int mask) {
    return (int)standin_exchange((uint32_t)value, (thread_index() % WARP) ^ mask);
}

// The GPU faults on an address that is no multiple of what it reads at once; the processor would not.
template <typename T>
DEVICE void aligned(const T* at) {
    if ((uintptr_t)at % sizeof(T) != 0) {
        standin_misaligned(at, sizeof(T));
    }
}

DEVICE Quad load(const Quad* from) {
    aligned(from);
    return *from;
}

DEVICE Quad load_once(const Quad* from) { return load(from); }

DEVICE Pair load_once(const Pair* from) {
    aligned(from);
    return *from;
}

DEVICE Pair load(const Pair* from) { return load_once(from); }

// Copies are made as late as may be: when they are waited for.
DEVICE void copy_ahead(void* shared, const void* from) {
    aligned(static_cast<const Quad*>(shared));
    aligned(static_cast<const Quad*>(from));
    standin_copy(shared, from);
}

DEVICE void commit_copies() { standin_commit(); }

template <int LATEST>
DEVICE void wait_for_copies() { standin_wait(LATEST); }

DEVICE void store(Quad* to, Quad q) {
    aligned(to);
    *to = q;
}

DEVICE uint32_t times_powers(uint32_t pair, uint32_t powers) {
    const float lower = bits_float(pair << 16) * bits_float(powers << 16);
    const float upper = bits_float(pair & 0xffff0000u) * bits_float(powers & 0xffff0000u);
    return float_bits(lower) >> 16 | (float_bits(upper) & 0xffff0000u);
}

DEVICE void mma(float c[4], Quad a, Pair b) {
    const uint32_t left[4] = {a.x, a.y, a.z, a.w};
    const uint32_t right[2] = {b.x, b.y};
    standin_mma(c, left, right);
}
