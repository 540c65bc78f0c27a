/* Which nodes fire, by hand: for each input, each edge of each rule. A byte per input and node, the bottom filled in. */
#include <stdint.h>

typedef int64_t i64;

void firing(i64 inputs, i64 nodes, i64 gates, const i64 *target, const i64 *begin, const int32_t *source, const i64 *low,
            const i64 *high, uint8_t *table) {
  for (i64 s = 0; s < inputs; s++) {
    uint8_t *restrict fires = table + s * nodes;
    for (i64 g = 0; g < gates; g++) {
      i64 count = 0;
      for (i64 e = begin[g]; e < begin[g + 1]; e++) count += fires[source[e]];
      fires[target[g]] = low[g] <= count && count <= high[g];
    }
  }
}
