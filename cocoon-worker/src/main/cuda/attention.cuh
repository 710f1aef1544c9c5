// Attention over pages of keys and values, on the tensor cores. One family for prompts and single tokens: a block has a tile
// of neighbouring tokens of one sequence, and of each token the query heads that share a key head; these are the rows of its
// products. Keys are taken in pieces of SPLIT that begin at multiples of it; the pieces of a token are merged in order, by one
// block or by a second kernel, with the same operations. A row is never mixed with another one, and a key that it does not see
// adds a zero, so that a token's result does not depend on its tile.
#pragma once

#include "layout.cuh"

#define ATTEND_THREADS 128
#define ATTEND_WARPS (ATTEND_THREADS / WARP)
#define SCORE_STRIDE (SPLIT + 16)  // floats from one row of scores to the next, so that lanes meet in no bank

struct AttendArgs {
    const Quad* q;            // [token][stride / 4]: rotated, in two parts
    int64_t stride;
    void* pool;
    int64_t layer;
    int64_t pages;            // of the pool
    const int32_t* positions; // of each token
    const int32_t* starts;    // of each token: where its pages are listed
    const int32_t* tiles;     // the first token of each tile; it ends where the next begins
    const int32_t* tables;
    int64_t window;           // 0: all keys
    double scale;
    float* pieces;            // [token][head][pieces][size + 2]: highest score, sum, weighted values
    int64_t kept;             // pieces that are written for a token: 1 if a block merges all of them
    int64_t tokens;
    int64_t heads;
    int64_t key_heads;
    int64_t size;
};

DEVICE float* piece_of(const AttendArgs& args, int64_t token, int64_t head, int64_t piece) {
    return args.pieces + ((token * args.heads + head) * args.kept + piece) * (args.size + 2);
}

DEVICE int first_key(const AttendArgs& args, int position) {
    return args.window == 0 || position < args.window ? 0 : position - (int)args.window + 1;
}

// Merges a piece into what was merged before; with nothing before, the result is the piece itself, and with nothing in the
// piece what was before, to the bit.
struct Merge {
    float before, piece, highest;
    DEVICE Merge of(float highest, float next) {
        float both = fmaxf(highest, next);
        return Merge{highest == -INFINITY ? 0 : expf(highest - both), next == -INFINITY ? 0 : expf(next - both), both};
    }
    DEVICE float apply(const Merge& m, float old, float next) {
        return fmaf(old, m.before, next * m.piece);
    }
};

// Four neighbouring numbers of the cache as the second factor of a product: in one part, or floats in two.
DEVICE void factor(const uint16_t* at, Pair parts[1]) { parts[0] = load_once(reinterpret_cast<const Pair*>(at)); }

DEVICE void factor(const float* at, Pair parts[2]) {
    const Quad bits = load_once(reinterpret_cast<const Quad*>(at));
    const float v[4] = {bits_float(bits.x), bits_float(bits.y), bits_float(bits.z), bits_float(bits.w)};
    const Quad both = split_parts(v);
    parts[0] = Pair{both.x, both.y};
    parts[1] = Pair{both.z, both.w};
}

// The first factor: four neighbouring numbers of two rows, eight apart, in two parts.
struct Rows {
    Quad high, low;
    DEVICE Rows of(Quad upper, Quad lower) {
        return Rows{Quad{upper.x, lower.x, upper.y, lower.y}, Quad{upper.z, lower.z, upper.w, lower.w}};
    }
};

template <int PARTS>
DEVICE void multiply(float c[4], const Rows& a, const Pair b[PARTS]) {
    mma(c, a.high, b[0]);
    mma(c, a.low, b[0]);
    if (PARTS == 2) {
        mma(c, a.high, b[PARTS - 1]);
    }
}

// Leaves the first of four neighbouring numbers.
DEVICE Pair first_of(Pair four, int count) {
    return Pair{count >= 2 ? four.x : count == 1 ? four.x & 0xffffu : 0u,
                count >= 4 ? four.y : count == 3 ? four.y & 0xffffu : 0u};
}

// What a block attends for and to.
template <typename T>
struct Tile {
    int token, heads, head, key_head;  // first token; query heads of each and the first of them
    int rows;
    int position;                      // of the first token
    int from, last;                    // keys that any row sees
    const int32_t* table;

    DEVICE Tile of(const AttendArgs& args, int most_heads) {
        Tile tile;
        const int shared_by = (int)(args.heads / args.key_heads);
        const int groups = (shared_by + most_heads - 1) / most_heads;
        const int in_group = block_x() % groups * most_heads;
        tile.key_head = block_x() / groups;
        tile.head = tile.key_head * shared_by + in_group;
        tile.heads = shared_by - in_group < most_heads ? shared_by - in_group : most_heads;
        tile.token = args.tiles[block_y()];
        const int end = block_y() + 1 < grid_y() ? args.tiles[block_y() + 1] : (int)args.tokens;
        tile.rows = (end - tile.token) * tile.heads;
        tile.position = args.positions[tile.token];
        tile.from = first_key(args, tile.position);
        tile.last = tile.position + end - tile.token - 1;
        tile.table = args.tables + args.starts[tile.token];
        return tile;
    }

    DEVICE bool sees(const Tile& tile, int page) {
        return page * PAGE <= tile.last && (page + 1) * PAGE > tile.from;
    }

    DEVICE const T* page(const AttendArgs& args, const Tile& tile, int page, int which) {
        return page_of<T>(args.pool, args.layer, args.pages, tile.table[page], args.key_heads, tile.key_head, args.size, which);
    }
};

// Scores of a piece: each warp has the keys of two pages. Pages that no row sees are left out.
template <typename T, int M>
DEVICE void score(const AttendArgs& args, const Tile<T>& tile, float* scores, int piece) {
    const int PARTS = sizeof(T) / 2;
    const int lane = thread_index() % WARP;
    const int warp = thread_index() / WARP;
    const int g = lane / 4;
    const int t = lane % 4;
    const int size = (int)args.size;
    const int first_page = piece * (SPLIT / PAGE) + warp * 2;
    const Quad* q[M][2];
    for (int i = 0; i < 2 * M; i++) {
        const int row = i / 2 * 16 + i % 2 * 8 + g;
        q[i / 2][i % 2] = row >= tile.rows
            ? nullptr
            : args.q + ((tile.token + row / tile.heads) * args.stride + (tile.head + row % tile.heads) * size) / 4;
    }
    const T* keys[2];
    float c[2][2][M][4];
    for (int p = 0; p < 2; p++) {
        keys[p] = Tile<T>::sees(tile, first_page + p) ? Tile<T>::page(args, tile, first_page + p, 0) : nullptr;
        for (int half = 0; half < 2; half++) {
            for (int m = 0; m < M; m++) {
                clear(c[p][half][m]);
            }
        }
    }
    for (int column = t * 4; column - t * 4 < size; column += TILE) {
        // The last columns may be half a tile.
        const bool there = column < size;
        Rows rows[M];
        for (int m = 0; m < M; m++) {
            const Quad none = Quad{0, 0, 0, 0};
            rows[m] = Rows::of(there && q[m][0] != nullptr ? load(q[m][0] + column / 4) : none,
                               there && q[m][1] != nullptr ? load(q[m][1] + column / 4) : none);
        }
        for (int p = 0; p < 2; p++) {
            for (int half = 0; half < 2 && keys[p] != nullptr; half++) {
                Pair key[PARTS] = {};
                if (there) {
                    factor(keys[p] + key_place(half * 8 + g, column), key);
                }
                for (int m = 0; m < M; m++) {
                    multiply<PARTS>(c[p][half][m], rows[m], key);
                }
            }
        }
    }
    for (int p = 0; p < 2; p++) {
        for (int half = 0; half < 2; half++) {
            for (int m = 0; m < M; m++) {
                for (int i = 0; i < 4; i++) {
                    const int row = m * 16 + i / 2 * 8 + g;
                    scores[row * SCORE_STRIDE + (warp * 2 + p) * PAGE + half * 8 + t * 2 + i % 2] =
                        c[p][half][m][i] * (float)args.scale;
                }
            }
        }
    }
}

// What is kept of each row between pieces, and how the piece and what was before it are weighed.
struct Sums {
    float *highest, *sum, *before, *piece;
};

// Turns the scores of a piece into powers relative to the highest, in two parts; a warp has a row at a time, a lane four keys.
template <typename T>
DEVICE void powers(const AttendArgs& args, const Tile<T>& tile, float* scores, const Sums& sums, int piece) {
    const int lane = thread_index() % WARP;
    for (int row = thread_index() / WARP; row < tile.rows; row += ATTEND_WARPS) {
        const int position = tile.position + row / tile.heads;
        const int from = first_key(args, position);
        float* at = scores + row * SCORE_STRIDE + lane * 4;
        float v[4];
        float most = -INFINITY;
        for (int i = 0; i < 4; i++) {
            const int key = piece * SPLIT + lane * 4 + i;
            v[i] = key >= from && key <= position ? at[i] : -INFINITY;
            most = fmaxf(most, v[i]);
        }
        most = warp_max(most);
        for (int i = 0; i < 4; i++) {
            v[i] = v[i] == -INFINITY ? 0 : expf(v[i] - most);
        }
        store(reinterpret_cast<Quad*>(at), split_parts(v));
        const float sum = warp_sum(v[0] + v[1] + v[2] + v[3]);
        if (lane == 0) {
            const Merge m = Merge::of(sums.highest[row], most);
            sums.sum[row] = Merge::apply(m, sums.sum[row], sum);
            sums.highest[row] = m.highest;
            sums.before[row] = m.before;
            sums.piece[row] = m.piece;
        }
    }
}

// Adds the values of a piece, weighed by their powers: each warp has eight columns at a time.
template <typename T, int M>
DEVICE void weigh(const AttendArgs& args, const Tile<T>& tile, const float* scores, const Sums& sums, float* merged, int piece) {
    const int PARTS = sizeof(T) / 2;
    const int lane = thread_index() % WARP;
    const int g = lane / 4;
    const int t = lane % 4;
    const int size = (int)args.size;
    for (int column = thread_index() / WARP * 8; column < size; column += ATTEND_WARPS * 8) {
        float c[M][4];
        for (int m = 0; m < M; m++) {
            clear(c[m]);
        }
        for (int p = 0; p < SPLIT / PAGE; p++) {
            const int page = piece * (SPLIT / PAGE) + p;
            if (!Tile<T>::sees(tile, page)) {
                continue;
            }
            Pair values[PARTS];
            factor(Tile<T>::page(args, tile, page, 1) + value_place(t * 4, column + g), values);
            for (int part = 0; part < PARTS; part++) {
                // Nobody has written behind the last token, and what lies there may not be a number.
                values[part] = first_of(values[part], tile.last + 1 - (page * PAGE + t * 4));
            }
            for (int m = 0; m < M; m++) {
                const float* at = scores + (m * 16 + g) * SCORE_STRIDE + p * PAGE + t * 4;
                multiply<PARTS>(c[m],
                                Rows::of(load(reinterpret_cast<const Quad*>(at)),
                                         load(reinterpret_cast<const Quad*>(at + 8 * SCORE_STRIDE))),
                                values);
            }
        }
        for (int m = 0; m < M; m++) {
            for (int i = 0; i < 4; i++) {
                const int row = m * 16 + i / 2 * 8 + g;
                if (row < tile.rows) {
                    float* at = merged + row * size + column + t * 2 + i % 2;
                    *at = fmaf(*at, sums.before[row], c[m][i] * sums.piece[row]);
                }
            }
        }
    }
}

// A block has up to 16 M rows. Shared: scores [rows][SCORE_STRIDE], then highest, sum and weights of each row, [4][rows], and
// merged values [rows][size].
// Grid: key heads times groups of 16 heads, tiles, pieces (one if a block merges them all).
template <typename T, int M>
DEVICE void attend(const AttendArgs& args) {
    SHARED(float, scores);
    const int most_rows = 16 * M;
    const int size = (int)args.size;
    float* kept = scores + most_rows * SCORE_STRIDE;
    const Sums sums = Sums{kept, kept + most_rows, kept + 2 * most_rows, kept + 3 * most_rows};
    float* merged = kept + 4 * most_rows;
    const Tile<T> tile = Tile<T>::of(args, 16);
    const bool all = args.kept == 1;
    const int from = all ? tile.from / SPLIT : block_z();
    const int last = all ? tile.last / SPLIT : block_z();
    if (from < tile.from / SPLIT || last > tile.last / SPLIT) {
        return;
    }
    for (int i = thread_index(); i < tile.rows * size; i += ATTEND_THREADS) {
        merged[i] = 0;
    }
    if (thread_index() < tile.rows) {
        sums.highest[thread_index()] = -INFINITY;
        sums.sum[thread_index()] = 0;
    }
    block_barrier();
    for (int piece = from; piece <= last; piece++) {
        score<T, M>(args, tile, scores, piece);
        block_barrier();
        powers<T>(args, tile, scores, sums, piece);
        block_barrier();
        weigh<T, M>(args, tile, scores, sums, merged, piece);
        block_barrier();
    }
    for (int i = thread_index(); i < tile.rows * (size + 2); i += ATTEND_THREADS) {
        const int row = i / (size + 2);
        const int d = i % (size + 2);
        piece_of(args, tile.token + row / tile.heads, tile.head + row % tile.heads, all ? 0 : block_z())[d] =
            d == 0 ? sums.highest[row] : d == 1 ? sums.sum[row] : merged[row * size + d - 2];
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
    const int begin = from.kept == 1 ? 0 : first_key(from, position) / SPLIT;
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
