// The few highest logits of a row in order, so that a choice among them needs no copy of the others, and what logits are
// compared with to become probabilities. Exact: ids and order are those of a sort of the whole row.
#pragma once

#include "primitives.cuh"

#define CHUNK 4096  // what a block sorts
#define SORT_THREADS 256

struct CandidateArgs {
    const float* logits;    // [row][stride], or null: then from
    const uint64_t* from;   // keys [row][stride]
    uint64_t* out;          // keys [row][chunks][kept]
    double* sums;           // [row][chunks][3]: the highest, the sum of powers relative to it, and that with the row's temperature; or null
    const double* temperatures;  // [row], 0 where the second sum is not wanted
    int64_t stride;
    int64_t count;          // numbers of a row that count
    int64_t kept;           // keys that are kept of each chunk: the lowest
    int64_t most;           // numbers of a chunk, a power of two, up to CHUNK
};

// Rises as the logit falls, and with the id among equal ones.
DEVICE uint64_t candidate(float logit, int64_t id) {
    // Both zeros are one.
    const uint32_t bits = float_bits(logit + 0.0f);
    const uint32_t rising = bits >> 31 ? ~bits : bits | 0x80000000u;
    return (uint64_t)~rising << 32 | (uint64_t)id;
}

DEVICE void sort_chunk(uint64_t* keys, int count) {
    for (int run = 2; run <= count; run *= 2) {
        for (int apart = run / 2; apart > 0; apart /= 2) {
            for (int i = thread_index(); i < count / 2; i += SORT_THREADS) {
                const int low = i / apart * apart * 2 + i % apart;
                const bool rises = (low & run) == 0;
                const uint64_t a = keys[low];
                const uint64_t b = keys[low + apart];
                if ((a > b) == rises) {
                    keys[low] = b;
                    keys[low + apart] = a;
                }
            }
            block_barrier();
        }
    }
}

DEVICE float highest_of_block(float value, float* scratch) {
    value = warp_max(value);
    if (thread_index() % WARP == 0) {
        scratch[thread_index() / WARP] = value;
    }
    block_barrier();
    for (int i = 0; i < SORT_THREADS / WARP; i++) {
        value = fmaxf(value, scratch[i]);
    }
    block_barrier();
    return value;
}

// Of one number of each thread, always in the same order; for thread 0.
DEVICE double sum_of_block(double value, double* scratch) {
    scratch[thread_index()] = value;
    block_barrier();
    for (int half = SORT_THREADS / 2; half > 0; half /= 2) {
        if (thread_index() < half) {
            scratch[thread_index()] += scratch[thread_index() + half];
        }
        block_barrier();
    }
    const double sum = scratch[0];
    block_barrier();
    return sum;
}

// In double. What is no number makes the sums none, so that nobody takes them for right.
DEVICE void sums_of_powers(const float* row, int64_t first, int64_t end, double temperature, double* scratch, double out[3]) {
    float most = -INFINITY;
    for (int64_t i = first + thread_index(); i < end; i += SORT_THREADS) {
        most = fmaxf(most, row[i]);
    }
    most = highest_of_block(most, reinterpret_cast<float*>(scratch));
    double sum = 0;
    double cooled = 0;
    for (int64_t i = first + thread_index(); i < end; i += SORT_THREADS) {
        if (row[i] != -INFINITY) {
            const double below = (double)row[i] - (double)most;
            sum += exp(below);
            if (temperature != 0) {
                cooled += exp(below / temperature);
            }
        }
    }
    sum = sum_of_block(sum, scratch);
    cooled = sum_of_block(cooled, scratch);
    if (thread_index() == 0) {
        out[0] = most;
        out[1] = sum;
        out[2] = cooled;
    }
}

// Grid: chunks, rows. Shared: the chunk's keys, or a double for each thread.
DEVICE void candidates(const CandidateArgs& args) {
    SHARED(uint64_t, keys);
    const int chunk = block_x();
    const int64_t row = block_y();
    const int64_t first = chunk * args.most;
    const int64_t end = first + args.most < args.count ? first + args.most : args.count;
    if (args.sums != nullptr) {
        sums_of_powers(args.logits + row * args.stride, first, end, args.temperatures[row],
                       reinterpret_cast<double*>(keys), args.sums + (row * grid_x() + chunk) * 3);
    }
    for (int i = thread_index(); i < args.most; i += SORT_THREADS) {
        const int64_t at = first + i;
        keys[i] = at >= end ? ~(uint64_t)0
            : args.logits != nullptr ? candidate(args.logits[row * args.stride + at], at)
                                     : args.from[row * args.stride + at];
    }
    block_barrier();
    sort_chunk(keys, (int)args.most);
    for (int i = thread_index(); i < args.kept; i += SORT_THREADS) {
        args.out[(row * grid_x() + chunk) * args.kept + i] = keys[i];
    }
}
