/* A training step with batch 1, by hand: every node and every vote is touched at every step.
   fires is a byte per input and node; the votes of class c are begin[c]..begin[c+1]-1, from the nodes src. */
#include <math.h>
#include <stdint.h>

typedef int64_t i64;

#define EACH_STEP(FIRE, REST)                                                                          \
  for (i64 t = 0; t < steps; t++) {                                                                    \
    i64 s = order[t];                                                                                  \
    const uint8_t *f = fires + s * nodes;                                                              \
    for (i64 n = 0; n < nodes; n++) { double x = lambda[n]; lambda[n] = f[n] ? (FIRE) : (REST); }      \
    for (i64 c = 0; c < classes; c++)                                                                  \
      if (c == label[s])                                                                               \
        for (i64 e = begin[c]; e < begin[c + 1]; e++) { double x = eta[e]; eta[e] = f[src[e]] ? (FIRE) : (REST); } \
      else                                                                                             \
        for (i64 e = begin[c]; e < begin[c + 1]; e++) { double x = eta[e]; eta[e] = (REST); }          \
  }

#define NETWORK                                                                                        \
  i64 steps, const i64 *order, i64 nodes, i64 classes, const uint8_t *fires, const i64 *label, const i64 *begin, \
      const i64 *src, double *restrict lambda, double *restrict eta

/* x is log λ: a firing one grows by log a, a resting one by log b. */
void multiplicative(NETWORK, double log_a, double log_b) { EACH_STEP(x + log_a, x + log_b) }

/* The same with nothing for a compiler to branch on, so that it finds vectors. */
void multiplicative_vectors(NETWORK, double log_a, double log_b) {
  double more = log_a - log_b;
  for (i64 t = 0; t < steps; t++) {
    i64 s = order[t];
    const uint8_t *f = fires + s * nodes;
    for (i64 n = 0; n < nodes; n++) lambda[n] += log_b + f[n] * more;
    for (i64 c = 0; c < classes; c++)
      if (c == label[s])
        for (i64 e = begin[c]; e < begin[c + 1]; e++) eta[e] += log_b + f[src[e]] * more;
      else
        for (i64 e = begin[c]; e < begin[c + 1]; e++) eta[e] += log_b;
  }
}

void saturating(NETWORK, double rate, double ceiling, double b) { EACH_STEP(x + rate * (ceiling - x), b * x) }

void additive(NETWORK, double c_, double b) { EACH_STEP(x + c_, b * x) }

/* Linear fractional: k rests are x / (1 + k b x). */
void eroding(NETWORK, double c_, double b) { EACH_STEP(x + c_, x / (1 + b * x)) }

/* Rests that have no closed form for many steps, without a division and with one. */
void waning(NETWORK, double c_, double b) { EACH_STEP(x + c_, x * (1 - b * (x < 1 ? x : 1))) }

void eroded(NETWORK, double c_, double b) { EACH_STEP(x + c_, x - b * x * x / (1 + x)) }

/* What one division for each value and step takes by itself: as many as the divider of the processor can do. */
void divisions(NETWORK, double c_, double b) {
  for (i64 t = 0; t < steps; t++) {
    for (i64 n = 0; n < nodes; n++) lambda[n] = b / lambda[n];
    for (i64 e = 0; e < begin[classes]; e++) eta[e] = b / eta[e];
  }
}
