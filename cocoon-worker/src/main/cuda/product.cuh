// Products of weights and activations: one family for every batch. A token's result is the sum over columns in an order that
// depends on the matrix alone, so that batched equals single bit for bit.
#pragma once

#include "layout.cuh"

struct ProductArgs {
    Weights weights;
    const Quad* x;
    void* out;          // float [token][stride], or activations if gated
    const float* bias;  // or null
    int64_t rows;
    int64_t units;
    int64_t tokens;
    int64_t stride;
    int64_t mode;
    float* shares;      // [cuts][token][rows]: what sum_shares adds, if the columns are cut
};

enum Mode { STORE = 0, ADD = 1, GATED_SILU = 2, GATED_GELU = 3 };

DEVICE float silu(float x) { return x / (1 + expf(-x)); }

DEVICE float gelu(float x) {
    float inner = 0.7978845608f * fmaf(0.044715f * x * x, x, x);
    return 0.5f * x * (1 + tanhf(inner));
}

// Two small whole numbers, each in the low bits of an integer with an offset, as exact bfloat16 numbers.
DEVICE uint32_t exact_pair(uint32_t a, uint32_t b, float offset) {
    float x = bits_float(0x4b000000u | a) - (8388608.0f + offset);
    float y = bits_float(0x4b000000u | b) - (8388608.0f + offset);
    return float_bits(x) >> 16 | (float_bits(y) & 0xffff0000u);
}

DEVICE Quad widen_bytes(uint32_t low, uint32_t high) {
    low ^= 0x80808080u;
    high ^= 0x80808080u;
    return Quad{exact_pair(low & 255, low >> 8 & 255, 128), exact_pair(low >> 16 & 255, low >> 24, 128),
                exact_pair(high & 255, high >> 8 & 255, 128), exact_pair(high >> 16 & 255, high >> 24, 128)};
}

DEVICE Quad widen_nibbles(uint32_t n, float offset) {
    return Quad{exact_pair(n & 15, n >> 4 & 15, offset), exact_pair(n >> 8 & 15, n >> 12 & 15, offset),
                exact_pair(n >> 16 & 15, n >> 20 & 15, offset), exact_pair(n >> 24 & 15, n >> 28, offset)};
}

DEVICE Quad widen_small(uint32_t low, uint32_t high) {
    return Quad{small_pair((low & 255) << 8 | (low & 0xff00) << 16), small_pair((low >> 8 & 0xff00) | (low & 0xff000000u)),
                small_pair((high & 255) << 8 | (high & 0xff00) << 16), small_pair((high >> 8 & 0xff00) | (high & 0xff000000u))};
}

// Weights come from global memory, past the first cache, or from shared memory.
struct FromGlobal {
    template <typename T>
    DEVICE T get(const T* at) { return load_once(at); }
};

struct FromShared {
    template <typename T>
    DEVICE T get(const T* at) { return load(at); }
};

// The bytes that one lane reads of a unit, and what they are as two fragments. BYTES: of all lanes.
template <int F>
struct Reader {
    static const int BYTES = 512;
    typedef Quad Raw;
    template <typename From>
    DEVICE Raw read(const unsigned char* values, int64_t unit, int lane) {
        return From::get(reinterpret_cast<const Quad*>(values) + unit * WARP + lane);
    }
    DEVICE Quad fragment(Raw raw, int half) {
        return half == 0 ? widen_bytes(raw.x, raw.y) : widen_bytes(raw.z, raw.w);
    }
};

template <>
struct Reader<BF16> {
    static const int BYTES = 1024;
    struct Raw {
        Quad half[2];
    };
    template <typename From>
    DEVICE Raw read(const unsigned char* values, int64_t unit, int lane) {
        const Quad* at = reinterpret_cast<const Quad*>(values) + unit * 2 * WARP + lane;
        return Raw{{From::get(at), From::get(at + WARP)}};
    }
    DEVICE Quad fragment(Raw raw, int half) { return raw.half[half]; }
};

template <>
struct Reader<FP8> : Reader<INT8> {
    DEVICE Quad fragment(Raw raw, int half) {
        return half == 0 ? widen_small(raw.x, raw.y) : widen_small(raw.z, raw.w);
    }
};

template <>
struct Reader<INT4> {
    static const int BYTES = 256;
    typedef Pair Raw;
    template <typename From>
    DEVICE Raw read(const unsigned char* values, int64_t unit, int lane) {
        return From::get(reinterpret_cast<const Pair*>(values) + unit * WARP + lane);
    }
    DEVICE Quad fragment(Raw raw, int half) { return widen_nibbles(half == 0 ? raw.x : raw.y, 8); }
};

template <>
struct Reader<INT4_WITH_MINIMUM> {
    static const int BYTES = 256;
    typedef Pair Raw;
    template <typename From>
    DEVICE Raw read(const unsigned char* values, int64_t unit, int lane) {
        return Reader<INT4>::read<From>(values, unit, lane);
    }
    DEVICE Quad fragment(Raw raw, int half) { return widen_nibbles(half == 0 ? raw.x : raw.y, 0); }
};

// Adds a scaled group to the sums: c[0], c[1] belong to row lane / 4, c[2], c[3] to the one eight below.
DEVICE void add_scaled(float sum[4], const float group[4], float upper, float lower) {
    sum[0] = fmaf(group[0], upper, sum[0]);
    sum[1] = fmaf(group[1], upper, sum[1]);
    sum[2] = fmaf(group[2], lower, sum[2]);
    sum[3] = fmaf(group[3], lower, sum[3]);
}

// One unit of columns for ROW_TILES tiles of rows and N tiles of eight tokens.
template <int F, int N>
DEVICE void unit_product(
    float sum[ROW_TILES][N][4], const typename Reader<F>::Raw raw[ROW_TILES], const ProductArgs& args, int64_t row_tile,
    int64_t unit, const Quad parts[2][N], int lane) {
    for (int r = 0; r < ROW_TILES; r++) {
        const int64_t scaled = scale_place<F>(row_tile + r, args.units, unit) + lane / 4;
        float group[N][4];
        if (F != BF16) {
            for (int n = 0; n < N; n++) {
                clear(group[n]);
            }
        }
        for (int half = 0; half < 2; half++) {
            const Quad a = Reader<F>::fragment(raw[r], half);
            for (int n = 0; n < N; n++) {
                float* to = F == BF16 ? sum[r][n] : group[n];
                mma(to, a, Pair{parts[half][n].x, parts[half][n].y});
                mma(to, a, Pair{parts[half][n].z, parts[half][n].w});
            }
            if (F == INT8_BY_16 || (F != BF16 && half == 1)) {
                const float* scales = args.weights.scales + scaled + (F == INT8_BY_16 ? half * TILE : 0);
                for (int n = 0; n < N; n++) {
                    add_scaled(sum[r][n], group[n], scales[0], scales[8]);
                    clear(group[n]);
                }
            }
        }
        if (F == INT4_WITH_MINIMUM) {
            // The minimum of a group counts once for each of its columns: a product with ones.
            const Quad ones = Quad{0x3f803f80u, 0x3f803f80u, 0x3f803f80u, 0x3f803f80u};
            const float* minima = args.weights.minima + scaled;
            for (int n = 0; n < N; n++) {
                for (int half = 0; half < 2; half++) {
                    mma(group[n], ones, Pair{parts[half][n].x, parts[half][n].y});
                    mma(group[n], ones, Pair{parts[half][n].z, parts[half][n].w});
                }
                add_scaled(sum[r][n], group[n], -minima[0], -minima[8]);
            }
        }
    }
}

DEVICE void finish(const ProductArgs& args, int64_t row, int64_t token, float value) {
    float* at = static_cast<float*>(args.out) + token * args.stride + row;
    float with_bias = args.bias == nullptr ? value : value + args.bias[row];
    *at = args.mode == ADD ? *at + with_bias : with_bias;
}

// Four neighbouring outputs of a gated pair of tiles: the first holds the gate, the second what it lets through.
template <int N>
DEVICE void finish_gated(
    const ProductArgs& args, const float* partial, int stride, int warps, int first_token, int64_t row_tile) {
    const int columns = 8 * N;
    const int outputs = (int)args.rows / 2;
    for (int i = thread_index(); i < TILE / 4 * columns; i += block_threads()) {
        const int token = i / (TILE / 4);
        const int row = i % (TILE / 4) * 4;
        if (first_token + token < args.tokens) {
            float v[4];
            for (int j = 0; j < 4; j++) {
                float gate = 0;
                float up = 0;
                for (int warp = 0; warp < warps; warp++) {
                    gate += partial[(warp * ROW_TILES * TILE + row + j) * stride + token];
                    up += partial[((warp * ROW_TILES + 1) * TILE + row + j) * stride + token];
                }
                v[j] = (args.mode == GATED_SILU ? silu(gate) : gelu(gate)) * up;
            }
            store(activation(static_cast<Quad*>(args.out), first_token + token, (int)row_tile / 2 * TILE + row, outputs),
                  split_parts(v));
        }
    }
}

// A block: ROW_TILES tiles of rows, N tiles of tokens; its warps share the columns, or one cut of them. How many cuts and
// warps there are depends on the matrix alone. Shared: [warps][rows][tokens] floats.
// Grid: blocks of rows, of tokens, cuts of the columns. A matrix of few rows is cut, so that there are blocks for a whole card.
template <int F, int N>
DEVICE void product(const ProductArgs& args) {
    SHARED(float, partial);
    const int lane = thread_index() % WARP;
    const int warp = thread_index() / WARP;
    const int warps = block_threads() / WARP;
    const int64_t row_tile = (int64_t)block_x() * ROW_TILES;
    const int first_token = block_y() * 8 * N;
    const Quad* x = args.x + (int64_t)(first_token / 8) * args.units * 2 * WARP;
    float sum[ROW_TILES][N][4];
    for (int r = 0; r < ROW_TILES; r++) {
        for (int n = 0; n < N; n++) {
            clear(sum[r][n]);
        }
    }
    const int part = block_z() * warps + warp;
    const int64_t from = args.units * part / (warps * grid_z());
    const int64_t to = args.units * (part + 1) / (warps * grid_z());
    typename Reader<F>::Raw next[ROW_TILES];
    for (int r = 0; r < ROW_TILES; r++) {
        next[r] = Reader<F>::template read<FromGlobal>(args.weights.values, (row_tile + r) * args.units + from, lane);
    }
    for (int64_t unit = from; unit < to; unit++) {
        typename Reader<F>::Raw raw[ROW_TILES];
        for (int r = 0; r < ROW_TILES; r++) {
            raw[r] = next[r];
            // The next weights are on their way while these are multiplied; the last unit is read twice.
            next[r] = Reader<F>::template read<FromGlobal>(
                args.weights.values, (row_tile + r) * args.units + (unit + 1 < to ? unit + 1 : unit), lane);
        }
        Quad parts[2][N];
        for (int half = 0; half < 2; half++) {
            for (int n = 0; n < N; n++) {
                parts[half][n] = load(x + ((int64_t)n * args.units * 2 + unit * 2 + half) * WARP + lane);
            }
        }
        unit_product<F, N>(sum, raw, args, row_tile, unit, parts, lane);
    }
    const int columns = 8 * N;
    for (int r = 0; r < ROW_TILES; r++) {
        for (int n = 0; n < N; n++) {
            for (int i = 0; i < 4; i++) {
                const int row = r * TILE + lane / 4 + (i / 2) * 8;
                partial[(warp * ROW_TILES * TILE + row) * columns + n * 8 + lane % 4 * 2 + i % 2] = sum[r][n][i];
            }
        }
    }
    block_barrier();
    if (args.mode >= GATED_SILU) {
        finish_gated<N>(args, partial, columns, warps, first_token, row_tile);
        return;
    }
    for (int i = thread_index(); i < ROW_TILES * TILE * columns; i += block_threads()) {
        const int row = i % (ROW_TILES * TILE);
        const int token = i / (ROW_TILES * TILE);
        if (row_tile * TILE + row < args.rows && first_token + token < args.tokens) {
            float value = 0;
            for (int w = 0; w < warps; w++) {
                value += partial[(w * ROW_TILES * TILE + row) * columns + token];
            }
            if (grid_z() > 1) {
                args.shares[(block_z() * args.tokens + first_token + token) * args.rows + row_tile * TILE + row] = value;
            } else {
                finish(args, row_tile * TILE + row, first_token + token, value);
            }
        }
    }
}

#define LARGE_PAIRS 4  // pairs of row tiles of a large block
#define LARGE_TILES 8  // tiles of eight tokens of it
#define STAGES 3       // units that are in shared memory or on their way there
#define LARGE_STRIDE (LARGE_TILES * 8 + 1)

struct LargeArgs {
    ProductArgs product;
    int64_t warps;  // in how many parts, and in how many cuts of parts, the same product is added elsewhere
    int64_t cuts;
};

// Begins to bring a unit's weights and activations into shared memory. Beyond the matrix or the tokens stand in what is there.
template <int F>
DEVICE void bring(const ProductArgs& args, unsigned char* to, int64_t unit) {
    const int quads = Reader<F>::BYTES / 16;
    const int64_t pairs = (args.rows + 2 * TILE - 1) / (2 * TILE);
    for (int i = thread_index(); i < 2 * LARGE_PAIRS * quads; i += block_threads()) {
        const int tile = i / quads;
        const int64_t asked = (int64_t)block_x() * LARGE_PAIRS + tile / 2;
        const int64_t pair = asked < pairs ? asked : pairs - 1;
        copy_ahead(to + i * 16,
                   args.weights.values + ((pair * 2 + tile % 2) * args.units + unit) * Reader<F>::BYTES + i % quads * 16);
    }
    unsigned char* x = to + 2 * LARGE_PAIRS * Reader<F>::BYTES;
    for (int i = thread_index(); i < LARGE_TILES * 2 * WARP; i += block_threads()) {
        const int64_t first = (int64_t)block_y() * LARGE_TILES;
        const int64_t asked = first + i / (2 * WARP);
        const int64_t tile = asked * 8 < args.tokens ? asked : first;
        copy_ahead(x + i * 16, args.x + (tile * args.units + unit) * 2 * WARP + i % (2 * WARP));
    }
}

DEVICE void add_and_clear(float to[ROW_TILES][LARGE_TILES / 2][4], float from[ROW_TILES][LARGE_TILES / 2][4]) {
    for (int r = 0; r < ROW_TILES; r++) {
        for (int n = 0; n < LARGE_TILES / 2; n++) {
            for (int i = 0; i < 4; i++) {
                to[r][n][i] += from[r][n][i];
            }
            clear(from[r][n]);
        }
    }
}

// The same product for many tokens: 128 rows and 64 tokens, whose weights and activations pass through shared memory once. A
// warp has a pair of row tiles and half of the tokens, and adds in the order of the parts and cuts that the small blocks make:
// the bits are the same. Grid: blocks of rows, of tokens. Shared: STAGES units, then [128][LARGE_STRIDE] floats in their place.
template <int F>
DEVICE void product_large(const LargeArgs& large) {
    SHARED(unsigned char, shared);
    const ProductArgs& args = large.product;
    const int N = LARGE_TILES / 2;
    const int stage_bytes = 2 * LARGE_PAIRS * Reader<F>::BYTES + LARGE_TILES * 2 * WARP * 16;
    const int lane = thread_index() % WARP;
    const int own_pair = thread_index() / WARP % LARGE_PAIRS;
    const int side = thread_index() / WARP / LARGE_PAIRS;
    const int64_t pairs = (args.rows + 2 * TILE - 1) / (2 * TILE);
    const int64_t asked = (int64_t)block_x() * LARGE_PAIRS + own_pair;
    const int64_t pair = asked < pairs ? asked : pairs - 1;
    const int64_t parts = large.warps * large.cuts;
    float part[ROW_TILES][N][4], cut[ROW_TILES][N][4], total[ROW_TILES][N][4];
    for (int r = 0; r < ROW_TILES; r++) {
        for (int n = 0; n < N; n++) {
            clear(part[r][n]);
            clear(cut[r][n]);
            clear(total[r][n]);
        }
    }
    for (int stage = 0; stage < STAGES - 1; stage++) {
        if (stage < args.units) {
            bring<F>(args, shared + stage * stage_bytes, stage);
        }
        commit_copies();
    }
    int64_t done = 0;
    int64_t end = args.units / parts;
    for (int64_t unit = 0; unit < args.units; unit++) {
        wait_for_copies<STAGES - 2>();
        // All have this unit, and none is at the one before, whose place is taken next.
        block_barrier();
        if (unit + STAGES - 1 < args.units) {
            bring<F>(args, shared + (unit + STAGES - 1) % STAGES * stage_bytes, unit + STAGES - 1);
        }
        commit_copies();
        const unsigned char* at = shared + unit % STAGES * stage_bytes;
        const Quad* x = reinterpret_cast<const Quad*>(at + 2 * LARGE_PAIRS * Reader<F>::BYTES);
        typename Reader<F>::Raw raw[ROW_TILES];
        for (int r = 0; r < ROW_TILES; r++) {
            raw[r] = Reader<F>::template read<FromShared>(at, own_pair * ROW_TILES + r, lane);
        }
        Quad activations[2][N];
        for (int half = 0; half < 2; half++) {
            for (int n = 0; n < N; n++) {
                activations[half][n] = load(x + ((side * N + n) * 2 + half) * WARP + lane);
            }
        }
        unit_product<F, N>(part, raw, args, pair * ROW_TILES, unit, activations, lane);
        if (unit + 1 == end) {
            add_and_clear(cut, part);
            done++;
            end = args.units * (done + 1) / parts;
            if (done % large.warps == 0) {
                add_and_clear(total, cut);
            }
        }
    }
    block_barrier();
    float* sums = reinterpret_cast<float*>(shared);
    for (int r = 0; r < ROW_TILES; r++) {
        for (int n = 0; n < N; n++) {
            for (int i = 0; i < 4; i++) {
                const int row = (own_pair * ROW_TILES + r) * TILE + lane / 4 + i / 2 * 8;
                sums[row * LARGE_STRIDE + (side * N + n) * 8 + lane % 4 * 2 + i % 2] = total[r][n][i];
            }
        }
    }
    block_barrier();
    const int first_token = block_y() * LARGE_TILES * 8;
    const int64_t first_row = (int64_t)block_x() * LARGE_PAIRS * ROW_TILES * TILE;
    if (args.mode >= GATED_SILU) {
        for (int p = 0; p < LARGE_PAIRS && block_x() * LARGE_PAIRS + p < pairs; p++) {
            finish_gated<LARGE_TILES>(args, sums + p * ROW_TILES * TILE * LARGE_STRIDE, LARGE_STRIDE, 1, first_token,
                                      first_row / TILE + p * ROW_TILES);
        }
        return;
    }
    const int rows = LARGE_PAIRS * ROW_TILES * TILE;
    for (int i = thread_index(); i < rows * LARGE_TILES * 8; i += block_threads()) {
        const int row = i % rows;
        const int token = i / rows;
        if (first_row + row < args.rows && first_token + token < args.tokens) {
            finish(args, first_row + row, first_token + token, sums[row * LARGE_STRIDE + token]);
        }
    }
}

struct SumArgs {
    ProductArgs product;
    int64_t cuts;
};

// Adds the shares of a product's cuts, in order. Grid: blocks of rows, tokens.
DEVICE void sum_shares(const SumArgs& args) {
    const ProductArgs& of = args.product;
    const int64_t row = (int64_t)block_x() * block_threads() + thread_index();
    const int64_t token = block_y();
    if (row < of.rows) {
        float value = 0;
        for (int64_t cut = 0; cut < args.cuts; cut++) {
            value += of.shares[(cut * of.tokens + token) * of.rows + row];
        }
        finish(of, row, token, value);
    }
}
