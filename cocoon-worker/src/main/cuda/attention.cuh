// Attention over pages of keys and values. Keys are taken in pieces of SPLIT that begin at multiples of it; the pieces of a
// token are merged in order, by one block or by a second kernel, with the same operations: both give the same bits.
#pragma once

#include "layout.cuh"

#define GROUP 8  // query heads that share the reading of a key head
#define ATTEND_THREADS 128

struct AttendArgs {
    const float* q;           // [token][stride], rotated
    int64_t stride;
    void* pool;
    int64_t layer;
    int64_t pages;            // of the pool
    const int32_t* positions; // of each token
    const int32_t* starts;    // of each token: where its pages are listed
    const int32_t* tables;
    int64_t window;           // 0: all keys
    double scale;
    float* pieces;            // [token][head][pieces][size + 2]: highest score, sum, weighted values
    int64_t kept;             // pieces that are written for a token: 1 if a block merges all of them
    int64_t heads;
    int64_t key_heads;
    int64_t size;
};

DEVICE float* piece_of(const AttendArgs& args, int64_t token, int64_t head, int64_t piece) {
    return args.pieces + ((token * args.heads + head) * args.kept + piece) * (args.size + 2);
}

// Merges a piece into what was merged before; with nothing before, the result is the piece itself, to the bit.
struct Merge {
    float before, piece, highest;
    DEVICE Merge of(float highest, float next) {
        float both = fmaxf(highest, next);
        return Merge{highest == -INFINITY ? 0 : expf(highest - both), expf(next - both), both};
    }
    DEVICE float apply(const Merge& m, float old, float next) {
        return fmaf(old, m.before, next * m.piece);
    }
};

// Scores of a piece for up to GROUP heads: a thread has one key.
template <typename T>
DEVICE void score(const AttendArgs& args, const float* q, float* scores, int rows, const int32_t* table, int key_head,
                  int first, int count) {
    const int size = (int)args.size;
    const int i = thread_index();
    if (i >= count) {
        return;
    }
    const int position = first + i;
    const T* keys = page_of<T>(args.pool, args.layer, args.pages, table[position / PAGE], args.key_heads, key_head, size, 0);
    const T* key = keys + key_place(position % PAGE, 0);
    float sum[GROUP];
    for (int g = 0; g < GROUP; g++) {
        sum[g] = 0;
    }
    for (int d = 0; d < size; d += 8) {
        float k[8];
        for (int j = 0; j < 8; j++) {
            k[j] = stored(key + d / 8 * PAGE * 8 + j);
        }
#pragma unroll
        for (int g = 0; g < GROUP; g++) {
            if (g < rows) {
                for (int j = 0; j < 8; j++) {
                    sum[g] = fmaf(q[g * size + d + j], k[j], sum[g]);
                }
            }
        }
    }
#pragma unroll
    for (int g = 0; g < GROUP; g++) {
        if (g < rows) {
            scores[g * SPLIT + i] = sum[g] * (float)args.scale;
        }
    }
}

// Turns the scores of a piece into powers relative to the highest; a warp has one head at a time.
DEVICE void powers(float* scores, float* highest, float* sums, int rows, int count) {
    const int lane = thread_index() % WARP;
    for (int g = thread_index() / WARP; g < rows; g += block_threads() / WARP) {
        float most = -INFINITY;
        for (int i = lane; i < count; i += WARP) {
            most = fmaxf(most, scores[g * SPLIT + i]);
        }
        most = warp_max(most);
        float sum = 0;
        for (int i = lane; i < count; i += WARP) {
            float power = expf(scores[g * SPLIT + i] - most);
            scores[g * SPLIT + i] = power;
            sum += power;
        }
        sum = warp_sum(sum);
        if (lane == 0) {
            highest[g] = most;
            sums[g] = sum;
        }
    }
}

// Shared: q [GROUP][size], scores [GROUP][SPLIT], then highest and sum of the piece and of what was merged, [4][GROUP], and
// merged values [GROUP][size].
// Grid: key heads times groups of GROUP heads, tokens, pieces (one if a block merges them all).
template <typename T>
DEVICE void attend(const AttendArgs& args) {
    SHARED(float, q);
    const int size = (int)args.size;
    float* scores = q + GROUP * size;
    float* highest = scores + GROUP * SPLIT;
    float* sums = highest + GROUP;
    float* merged_highest = sums + GROUP;
    float* merged_sums = merged_highest + GROUP;
    float* merged = merged_sums + GROUP;
    const int shared_by = (int)(args.heads / args.key_heads);
    const int groups = (shared_by + GROUP - 1) / GROUP;
    const int key_head = block_x() / groups;
    const int in_group = block_x() % groups * GROUP;
    const int head = key_head * shared_by + in_group;
    const int rows = shared_by - in_group < GROUP ? shared_by - in_group : GROUP;
    const int token = block_y();
    const int position = args.positions[token];
    const int32_t* table = args.tables + args.starts[token];
    const int first = args.window == 0 || position < args.window ? 0 : position - (int)args.window + 1;
    const bool all = args.kept == 1;
    const int from = all ? first / SPLIT : block_z();
    const int last = all ? position / SPLIT : block_z();
    if (from < first / SPLIT || last > position / SPLIT) {
        return;
    }
    for (int i = thread_index(); i < rows * size; i += block_threads()) {
        q[i] = args.q[token * args.stride + head * size + i];
        merged[i] = 0;
    }
    if (thread_index() < rows) {
        merged_highest[thread_index()] = -INFINITY;
        merged_sums[thread_index()] = 0;
    }
    block_barrier();
    for (int piece = from; piece <= last; piece++) {
        const int begin = piece * SPLIT > first ? piece * SPLIT : first;
        const int end = (piece + 1) * SPLIT < position + 1 ? (piece + 1) * SPLIT : position + 1;
        score<T>(args, q, scores, rows, table, key_head, begin, end - begin);
        block_barrier();
        powers(scores, highest, sums, rows, end - begin);
        block_barrier();
        for (int d = thread_index(); d < size; d += block_threads()) {
            float sum[GROUP];
            for (int g = 0; g < GROUP; g++) {
                sum[g] = 0;
            }
            for (int p = begin; p < end; p++) {
                const T* values =
                    page_of<T>(args.pool, args.layer, args.pages, table[p / PAGE], args.key_heads, key_head, size, 1);
                const float value = stored(values + p % PAGE * size + d);
#pragma unroll
                for (int g = 0; g < GROUP; g++) {
                    if (g < rows) {
                        sum[g] = fmaf(scores[g * SPLIT + p - begin], value, sum[g]);
                    }
                }
            }
#pragma unroll
            for (int g = 0; g < GROUP; g++) {
                if (g < rows) {
                    const Merge m = Merge::of(merged_highest[g], highest[g]);
                    merged[g * size + d] = Merge::apply(m, merged[g * size + d], sum[g]);
                }
            }
        }
        block_barrier();
        if (thread_index() < rows) {
            const int g = thread_index();
            const Merge m = Merge::of(merged_highest[g], highest[g]);
            merged_sums[g] = Merge::apply(m, merged_sums[g], sums[g]);
            merged_highest[g] = m.highest;
        }
        block_barrier();
    }
    for (int i = thread_index(); i < rows * (size + 2); i += block_threads()) {
        const int g = i / (size + 2);
        const int d = i % (size + 2);
        piece_of(args, token, head + g, all ? 0 : block_z())[d] =
            d == 0 ? merged_highest[g] : d == 1 ? merged_sums[g] : merged[g * size + d - 2];
    }
}

struct MergeArgs {
    AttendArgs attend;
    Quad* out;  // activations, [token][heads * size]
};

// One warp a head: merges the pieces in order, and divides.
DEVICE void merge(const MergeArgs& args) {
    const AttendArgs& from = args.attend;
    const int head = block_x();
    const int token = block_y();
    const int size = (int)from.size;
    const int position = from.positions[token];
    const int first = from.window == 0 || position < from.window ? 0 : position - (int)from.window + 1;
    const int begin = from.kept == 1 ? 0 : first / SPLIT;
    const int end = from.kept == 1 ? 0 : position / SPLIT;
    for (int d = thread_index() * 4; d < size; d += block_threads() * 4) {
        float highest = -INFINITY;
        float sum = 0;
        float v[4] = {0, 0, 0, 0};
        for (int piece = begin; piece <= end; piece++) {
            const float* p = piece_of(from, token, head, piece);
            const Merge m = Merge::of(highest, p[0]);
            sum = Merge::apply(m, sum, p[1]);
            for (int j = 0; j < 4; j++) {
                v[j] = Merge::apply(m, v[j], p[2 + d + j]);
            }
            highest = m.highest;
        }
        for (int j = 0; j < 4; j++) {
            v[j] /= sum;
        }
        store(activation(args.out, token, head * size + d, (int)from.heads * size), split_parts(v));
    }
}
