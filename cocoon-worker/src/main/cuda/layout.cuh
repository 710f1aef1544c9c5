// Where numbers lie in device memory. The Java side writes weights in these layouts (DeviceMatrix, WeightPacker) and reads
// rows of logits; everything else stays here.
#pragma once

#include "primitives.cuh"

// A tile of weights is 16 rows by 16 columns, laid out as the registers of mma want it: lane (row % 8) * 4 + column / 4 holds
// eight of them, in the order that fragment_place gives. Within a tile the columns are permuted the same way in weights and
// activations, so that a lane's four columns are neighbours.
#define TILE 16
#define UNIT 32       // columns that a warp reads at a time; in most formats they are scaled together
#define FP8_UNITS 4   // units of FP8 that are scaled together; those at the end of a row may be fewer
#define ROW_TILES 2   // tiles of rows that one block computes
#define PAGE 16       // tokens of a page of keys and values
#define SPLIT 128     // keys that are attended to in one piece; pieces begin at multiples of it, whatever the batch

enum Format { BF16 = 0, INT8 = 1, INT8_BY_16 = 2, INT4 = 3, INT4_WITH_MINIMUM = 4, FP8 = 5 };

struct Weights {
    const unsigned char* values;
    const float* scales;
    const float* minima;
};

DEVICE int fragment_lane(int row, int column) { return row % 8 * 4 + column / 4; }
DEVICE int fragment_place(int row, int column) { return column % 4 / 2 * 4 + row / 8 * 2 + column % 2; }

// Where the scales of a unit's upper eight rows begin.
template <int F>
DEVICE int64_t scale_place(int64_t row_tile, int64_t units, int64_t unit) {
    if (F == FP8) {
        return (row_tile * ((units + FP8_UNITS - 1) / FP8_UNITS) + unit / FP8_UNITS) * TILE;
    }
    return (row_tile * units + unit) * (F == INT8_BY_16 ? 2 * TILE : TILE);
}

// Two E4M3 numbers, each in the upper byte of a half, as bfloat16. Sign, exponent and fraction move to their places; the exponents
// of the two count from 7 and 127, so the numbers are 2^120 too small then. 0x7b80 is 2^120. No card needs to know E4M3 for it.
DEVICE uint32_t small_pair(uint32_t halves) {
    return times_powers((halves & 0x80008000u) | (halves >> 4 & 0x07f007f0u), 0x7b807b80u);
}

// Activations lie as [8 tokens][16 columns] tiles: 32 lanes of 16 bytes, each four columns of a token in two bfloat16 parts
// whose sum is the number to 16 bits.
DEVICE Quad* activation(Quad* base, int token, int column, int columns) {
    return base + ((int64_t)(token / 8) * (columns / TILE) + column / TILE) * WARP + token % 8 * 4 + column % TILE / 4;
}

DEVICE Quad split_parts(const float v[4]) {
    uint32_t high[4], low[4];
    for (int i = 0; i < 4; i++) {
        high[i] = bfloat_bits(v[i]);
        low[i] = bfloat_bits(v[i] - bfloat_value(high[i]));
    }
    return Quad{high[0] | high[1] << 16, high[2] | high[3] << 16, low[0] | low[1] << 16, low[2] | low[3] << 16};
}

DEVICE void clear(float c[4]) { c[0] = c[1] = c[2] = c[3] = 0; }

// Keys and values of a page and head lie so that a lane of mma finds its four numbers side by side and a warp reads whole
// lines: keys [columns / 8][16 tokens][8], values [columns][16 tokens].
DEVICE int key_place(int token, int column) { return (column / 8 * PAGE + token) * 8 + column % 8; }
DEVICE int value_place(int token, int column) { return column * PAGE + token; }

DEVICE void keep(float* at, float value) { *at = value; }
DEVICE void keep(uint16_t* at, float value) { *at = (uint16_t)bfloat_bits(value); }

// One page's keys or values of one layer and head.
template <typename T>
DEVICE T* page_of(void* pool, int64_t layer, int64_t pages, int64_t page, int64_t heads, int64_t head, int64_t size, int which) {
    return static_cast<T*>(pool) + ((((layer * pages + page) * 2 + which) * heads + head) * PAGE) * size;
}
