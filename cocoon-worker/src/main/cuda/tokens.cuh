// What is done to one token at a time: embedding, norms, rotation, keeping keys and values, and the choice of the next id.
#pragma once

#include "layout.cuh"

struct EmbedArgs {
    Weights weights;
    const int32_t* ids;
    float* x;
    int64_t format;
    int64_t columns;
    double factor;
};

DEVICE float weight_at(const EmbedArgs& args, int64_t row, int column) {
    const int64_t unit = row / TILE * (args.columns / UNIT) + column / UNIT;
    const int in_row = (int)(row % TILE);
    const int half = column % UNIT / TILE;
    const int lane = fragment_lane(in_row, column % TILE);
    const int place = fragment_place(in_row, column % TILE);
    const float* scale = args.weights.scales + unit * TILE + in_row;
    switch (args.format) {
        case BF16: {
            const uint16_t* at = reinterpret_cast<const uint16_t*>(args.weights.values);
            return bfloat_value(at[((unit * 2 + half) * WARP + lane) * 8 + place]);
        }
        case INT8:
        case INT8_BY_16: {
            const int8_t* at = reinterpret_cast<const int8_t*>(args.weights.values);
            const float value = at[(unit * WARP + lane) * 16 + half * 8 + place];
            return value * (args.format == INT8 ? scale[0] : args.weights.scales[(unit * 2 + half) * TILE + in_row]);
        }
        case FP8: {
            const uint32_t small = args.weights.values[(unit * WARP + lane) * 16 + half * 8 + place];
            const int64_t units = args.columns / UNIT;
            return bfloat_value(small_pair(small << 8)) *
                   args.weights.scales[scale_place<FP8>(row / TILE, units, column / UNIT) + in_row];
        }
        default: {
            const uint8_t pair = args.weights.values[(unit * WARP + lane) * 8 + half * 4 + place / 2];
            const int nibble = place % 2 == 0 ? pair & 15 : pair >> 4;
            return args.format == INT4 ? (nibble - 8) * scale[0]
                                       : nibble * scale[0] - args.weights.minima[unit * TILE + in_row];
        }
    }
}

// A block a token.
DEVICE void embed(const EmbedArgs& args) {
    const int token = block_x();
    const int64_t row = args.ids[token];
    for (int i = thread_index(); i < args.columns; i += block_threads()) {
        args.x[token * args.columns + i] = weight_at(args, row, i) * (float)args.factor;
    }
}

struct NormArgs {
    const float* x;
    const float* weight;
    const int32_t* rows;  // which rows of x, or null for all in order
    void* out;            // activations, or float to add to
    int64_t columns;
    double eps;
};

DEVICE float norm_factor(const float* x, int columns, double eps, float* scratch) {
    float squares = 0;
    for (int i = thread_index(); i < columns; i += block_threads()) {
        squares = fmaf(x[i], x[i], squares);
    }
    return 1 / sqrtf(block_sum(squares, scratch) / columns + (float)eps);
}

// A block a row; shared: a float for each warp.
DEVICE void norm(const NormArgs& args) {
    SHARED(float, scratch);
    const int columns = (int)args.columns;
    const int64_t row = args.rows == nullptr ? block_x() : args.rows[block_x()];
    const float* x = args.x + row * columns;
    const float factor = norm_factor(x, columns, args.eps, scratch);
    for (int i = thread_index() * 4; i < columns; i += block_threads() * 4) {
        float v[4];
        for (int j = 0; j < 4; j++) {
            v[j] = x[i + j] * factor * args.weight[i + j];
        }
        store(activation(static_cast<Quad*>(args.out), block_x(), i, columns), split_parts(v));
    }
}

// The same, added to the residual stream: what Gemma does behind both parts of a block.
DEVICE void add_normed(const NormArgs& args) {
    SHARED(float, scratch);
    const int columns = (int)args.columns;
    const float* x = args.x + (int64_t)block_x() * columns;
    const float factor = norm_factor(x, columns, args.eps, scratch);
    float* out = static_cast<float*>(args.out) + (int64_t)block_x() * columns;
    for (int i = thread_index(); i < columns; i += block_threads()) {
        out[i] += x[i] * factor * args.weight[i];
    }
}

struct AngleArgs {
    const int32_t* positions;
    const double* frequencies;  // [2][pairs]: of global layers, of local ones
    float* angles;              // [2][tokens][pairs][cosine, sine]
    int64_t pairs;
};

// Grid: tokens, kinds of layers. In double, because a float loses an angle at some thousand positions.
DEVICE void angles(const AngleArgs& args) {
    const int token = block_x();
    const int kind = block_y();
    for (int i = thread_index(); i < args.pairs; i += block_threads()) {
        const double angle = args.positions[token] * args.frequencies[kind * args.pairs + i];
        float* at = args.angles + (((int64_t)kind * grid_x() + token) * args.pairs + i) * 2;
        at[0] = (float)cos(angle);
        at[1] = (float)sin(angle);
    }
}

struct HeadArgs {
    float* qkv;  // [token][query heads, key heads, value heads]; queries become parts
    const float* query_norm;
    const float* key_norm;  // both null if heads are not normalised
    const float* angles;    // of this kind of layer
    void* pool;
    int64_t layer;
    int64_t pages;
    const int32_t* positions;
    const int32_t* starts;
    const int32_t* tables;
    int64_t heads;
    int64_t key_heads;
    int64_t size;
    double eps;
};

// A warp a head: normalises and rotates queries, in place and in two parts; normalises and rotates keys, and keeps keys and
// values in their page. Grid: heads of all kinds, tokens. Shared: a head.
template <typename T>
DEVICE void heads(const HeadArgs& args) {
    SHARED(float, rotated);
    const int size = (int)args.size;
    const int head = block_x();
    const int token = block_y();
    const int lane = thread_index();
    float* x = args.qkv + (token * (args.heads + 2 * args.key_heads) + head) * size;
    const bool value = head >= args.heads + args.key_heads;
    const float* weight = head < args.heads ? args.query_norm : args.key_norm;
    float factor = 1;
    if (!value && weight != nullptr) {
        float squares = 0;
        for (int i = lane; i < size; i += WARP) {
            squares = fmaf(x[i], x[i], squares);
        }
        factor = 1 / sqrtf(warp_sum(squares) / size + (float)args.eps);
    }
    const int half = size / 2;
    for (int i = lane; i < half; i += WARP) {
        float a = x[i];
        float b = x[half + i];
        if (!value) {
            if (weight != nullptr) {
                a = a * factor * weight[i];
                b = b * factor * weight[half + i];
            }
            const float* angle = args.angles + ((int64_t)token * half + i) * 2;
            const float turned = a * angle[0] - b * angle[1];
            b = b * angle[0] + a * angle[1];
            a = turned;
        }
        rotated[i] = a;
        rotated[half + i] = b;
    }
    block_barrier();
    if (head < args.heads) {
        for (int i = lane * 4; i < size; i += WARP * 4) {
            store(reinterpret_cast<Quad*>(x + i), split_parts(rotated + i));
        }
        return;
    }
    const int position = args.positions[token];
    const int64_t page = args.tables[args.starts[token] + position / PAGE];
    const int64_t key_head = (head - args.heads) % args.key_heads;
    T* to = page_of<T>(args.pool, args.layer, args.pages, page, args.key_heads, key_head, size, value ? 1 : 0);
    for (int i = lane; i < size; i += WARP) {
        keep(to + (value ? value_place(position % PAGE, i) : key_place(position % PAGE, i)), rotated[i]);
    }
}

struct HighestArgs {
    const float* logits;  // [row][stride]
    int32_t* ids;
    int64_t stride;
    int64_t limit;  // ids from here on are no tokens
};

// The highest logit of each row, the lowest id at ties. A block a row. Shared: a float and an int for each warp.
DEVICE void highest(const HighestArgs& args) {
    SHARED(float, scratch);
    int* places = reinterpret_cast<int*>(scratch + block_threads() / WARP);
    const float* row = args.logits + block_x() * args.stride;
    float most = -INFINITY;
    int at = 0x7fffffff;
    for (int i = thread_index(); i < args.limit; i += block_threads()) {
        if (row[i] > most || at == 0x7fffffff) {
            most = row[i];
            at = i;
        }
    }
    for (int mask = WARP / 2; mask > 0; mask /= 2) {
        const float other = warp_other(most, mask);
        const int place = warp_other(at, mask);
        if (other > most || (other == most && place < at)) {
            most = other;
            at = place;
        }
    }
    if (thread_index() % WARP == 0) {
        scratch[thread_index() / WARP] = most;
        places[thread_index() / WARP] = at;
    }
    block_barrier();
    if (thread_index() == 0) {
        for (int i = 1; i < block_threads() / WARP; i++) {
            if (scratch[i] > most || (scratch[i] == most && places[i] < at)) {
                most = scratch[i];
                at = places[i];
            }
        }
        args.ids[block_x()] = at;
    }
}

struct ReadArgs {
    const Quad* from;
    uint32_t* out;
    int64_t quads;
};

// Reads memory and keeps nothing of it: the bandwidth that products are measured against. The sum is written, so that no
// read can be left out.
DEVICE void read_all(const ReadArgs& args) {
    uint32_t sum = 0;
    const int64_t step = (int64_t)grid_x() * block_threads();
    for (int64_t i = (int64_t)block_x() * block_threads() + thread_index(); i < args.quads; i += step) {
        const Quad q = load_once(args.from + i);
        sum += q.x ^ q.y ^ q.z ^ q.w;
    }
    args.out[(int64_t)block_x() * block_threads() + thread_index()] = sum;
}
