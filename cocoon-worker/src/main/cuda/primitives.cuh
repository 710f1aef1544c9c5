// What kernels need from the machine, each as one function with two bodies: instructions of the GPU for nvcc, and plain C++
// for the stand-in driver of the tests, which runs every thread of a block as a fiber on the processor (engine dossier 9).
// No kernel has inline assembly of its own. Compiled with contraction of products and sums off on both sides, so that what
// is fused is what says fmaf.
#pragma once

#include <math.h>
#include <stdint.h>

#define WARP 32

struct Quad {
    uint32_t x, y, z, w;
};

struct Pair {
    uint32_t x, y;
};

#ifdef __CUDACC__

#define DEVICE static __device__ __forceinline__

// A kernel takes one structure of 8-byte fields. The driver finds it by "cocoon_" and its name.
#define KERNEL(name, threads, Args) \
    extern "C" __global__ void __launch_bounds__(threads, 1) cocoon_##name(const __grid_constant__ Args args)

// All shared memory is sized at launch.
#define SHARED(Type, name)                                    \
    extern __shared__ __align__(16) unsigned char bytes_shared[]; \
    Type* name = reinterpret_cast<Type*>(bytes_shared)

DEVICE int thread_index() { return threadIdx.x; }
DEVICE int block_threads() { return blockDim.x; }
DEVICE int block_x() { return blockIdx.x; }
DEVICE int block_y() { return blockIdx.y; }
DEVICE int block_z() { return blockIdx.z; }
DEVICE int grid_x() { return gridDim.x; }
DEVICE int grid_y() { return gridDim.y; }
DEVICE int grid_z() { return gridDim.z; }
DEVICE void block_barrier() { __syncthreads(); }
DEVICE float warp_read(float value, int lane) { return __shfl_sync(0xffffffffu, value, lane); }
DEVICE float warp_other(float value, int mask) { return __shfl_xor_sync(0xffffffffu, value, mask); }
DEVICE int warp_other(int value, int mask) { return __shfl_xor_sync(0xffffffffu, value, mask); }
DEVICE uint32_t float_bits(float value) { return __float_as_uint(value); }
DEVICE float bits_float(uint32_t bits) { return __uint_as_float(bits); }

// Weights are read once a step: past the first cache, 16 bytes a lane.
DEVICE Quad load_once(const Quad* from) {
    Quad q;
    asm("ld.global.nc.L1::no_allocate.v4.u32 {%0, %1, %2, %3}, [%4];"
        : "=r"(q.x), "=r"(q.y), "=r"(q.z), "=r"(q.w)
        : "l"(from));
    return q;
}

DEVICE Pair load_once(const Pair* from) {
    Pair p;
    asm("ld.global.nc.L1::no_allocate.v2.u32 {%0, %1}, [%2];" : "=r"(p.x), "=r"(p.y) : "l"(from));
    return p;
}

// Read and written as one vector; the pointer must be a multiple of 16.
DEVICE Quad load(const Quad* from) {
    uint4 v = *reinterpret_cast<const uint4*>(from);
    return Quad{v.x, v.y, v.z, v.w};
}

DEVICE void store(Quad* to, Quad q) { *reinterpret_cast<uint4*>(to) = make_uint4(q.x, q.y, q.z, q.w); }

DEVICE Pair load(const Pair* from) {
    uint2 v = *reinterpret_cast<const uint2*>(from);
    return Pair{v.x, v.y};
}

// Copies 16 bytes from global to shared memory while the thread goes on. What was begun is committed as a group; after a wait
// all groups but the latest ones are there for this thread, and for others behind a barrier.
DEVICE void copy_ahead(void* shared, const void* from) {
    asm volatile("cp.async.cg.shared.global [%0], [%1], 16;" ::"r"((uint32_t)__cvta_generic_to_shared(shared)), "l"(from) : "memory");
}

DEVICE void commit_copies() { asm volatile("cp.async.commit_group;" ::: "memory"); }

template <int LATEST>
DEVICE void wait_for_copies() {
    asm volatile("cp.async.wait_group %0;" ::"n"(LATEST) : "memory");
}

// c += a b for a tile of 16 by 16 and one of 16 by 8 bfloat16 numbers, held by the warp in fragments (PTX manual, mma.m16n8k16).
DEVICE void mma(float c[4], Quad a, Pair b) {
    asm("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
        : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
        : "r"(a.x), "r"(a.y), "r"(a.z), "r"(a.w), "r"(b.x), "r"(b.y));
}

// Two bfloat16 numbers, subnormal ones too, times two powers of two that make normal numbers of them; zeros stay zeros. The
// product is rounded once, and so is exact. There is no plain product for cards before 9.0.
DEVICE uint32_t times_powers(uint32_t pair, uint32_t powers) {
    uint32_t product;
    asm("fma.rn.bf16x2 %0, %1, %2, %3;" : "=r"(product) : "r"(pair), "r"(powers), "r"(0x80008000u));
    return product;
}

#else

#include "host.h"

#endif

// Sums and highest values; every lane gets the result, and the order of the sum is always the same.
DEVICE float warp_sum(float value) {
    for (int mask = WARP / 2; mask > 0; mask /= 2) {
        value += warp_other(value, mask);
    }
    return value;
}

DEVICE float warp_max(float value) {
    for (int mask = WARP / 2; mask > 0; mask /= 2) {
        value = fmaxf(value, warp_other(value, mask));
    }
    return value;
}

// Sum over a block; scratch holds a float for each warp.
DEVICE float block_sum(float value, float* scratch) {
    value = warp_sum(value);
    if (thread_index() % WARP == 0) {
        scratch[thread_index() / WARP] = value;
    }
    block_barrier();
    float sum = 0;
    for (int i = 0; i < block_threads() / WARP; i++) {
        sum += scratch[i];
    }
    block_barrier();
    return sum;
}

// The nearest bfloat16, ties to even. Not for NaN.
DEVICE uint32_t bfloat_bits(float value) {
    uint32_t bits = float_bits(value);
    return (bits + 0x7fff + ((bits >> 16) & 1)) >> 16;
}

DEVICE float bfloat_value(uint32_t bits) { return bits_float(bits << 16); }
