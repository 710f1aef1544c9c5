// Every kernel by its name (Kernel.java), with the threads of its largest block.
#include "attention.cuh"
#include "candidates.cuh"
#include "product.cuh"
#include "tokens.cuh"

KERNEL(embed, 256, EmbedArgs) { embed(args); }
KERNEL(norm, 256, NormArgs) { norm(args); }
KERNEL(add_normed, 256, NormArgs) { add_normed(args); }
KERNEL(angles, 128, AngleArgs) { angles(args); }
KERNEL(heads_float, 32, HeadArgs) { heads<float>(args); }
KERNEL(heads_bf16, 32, HeadArgs) { heads<uint16_t>(args); }
KERNEL(attend_float_16, ATTEND_THREADS, AttendArgs) { attend<float, 1>(args); }
KERNEL(attend_float_32, ATTEND_THREADS, AttendArgs) { attend<float, 2>(args); }
KERNEL(attend_bf16_16, ATTEND_THREADS, AttendArgs) { attend<uint16_t, 1>(args); }
KERNEL(attend_bf16_32, ATTEND_THREADS, AttendArgs) { attend<uint16_t, 2>(args); }
KERNEL(merge, 64, MergeArgs) { merge(args); }
KERNEL(sum_shares, 256, SumArgs) { sum_shares(args); }
KERNEL(highest, 256, HighestArgs) { highest(args); }
KERNEL(candidates, SORT_THREADS, CandidateArgs) { candidates(args); }
KERNEL(read_all, 256, ReadArgs) { read_all(args); }

// Eight tokens, thirty-two, and sixty-four through shared memory.
KERNEL(product_bf16_8, 256, ProductArgs) { product<BF16, 1>(args); }
KERNEL(product_bf16_32, 256, ProductArgs) { product<BF16, 4>(args); }
KERNEL(product_bf16_64, 256, LargeArgs) { product_large<BF16>(args); }
KERNEL(product_int8_8, 256, ProductArgs) { product<INT8, 1>(args); }
KERNEL(product_int8_32, 256, ProductArgs) { product<INT8, 4>(args); }
KERNEL(product_int8_64, 256, LargeArgs) { product_large<INT8>(args); }
KERNEL(product_int8_by_16_8, 256, ProductArgs) { product<INT8_BY_16, 1>(args); }
KERNEL(product_int8_by_16_32, 256, ProductArgs) { product<INT8_BY_16, 4>(args); }
KERNEL(product_int8_by_16_64, 256, LargeArgs) { product_large<INT8_BY_16>(args); }
KERNEL(product_int4_8, 256, ProductArgs) { product<INT4, 1>(args); }
KERNEL(product_int4_32, 256, ProductArgs) { product<INT4, 4>(args); }
KERNEL(product_int4_64, 256, LargeArgs) { product_large<INT4>(args); }
KERNEL(product_int4_minimum_8, 256, ProductArgs) { product<INT4_WITH_MINIMUM, 1>(args); }
KERNEL(product_int4_minimum_32, 256, ProductArgs) { product<INT4_WITH_MINIMUM, 4>(args); }
KERNEL(product_int4_minimum_64, 256, LargeArgs) { product_large<INT4_WITH_MINIMUM>(args); }
KERNEL(product_fp8_8, 256, ProductArgs) { product<FP8, 1>(args); }
KERNEL(product_fp8_32, 256, ProductArgs) { product<FP8, 4>(args); }
KERNEL(product_fp8_64, 256, LargeArgs) { product_large<FP8>(args); }
