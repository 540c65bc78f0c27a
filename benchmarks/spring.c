/* The noisy spring-block chain, one replicate: SFC64, the 256-layer ziggurat of NumPy, friction without branches, in place. */
#include <math.h>
#include <stdint.h>
#include <string.h>

typedef struct { uint64_t a, b, c, n; } stream;
static double width[256], height[256];
static int64_t limit[256];

void tables(const double *w, const int64_t *l, const double *h) {
  memcpy(width, w, sizeof width);
  memcpy(limit, l, sizeof limit);
  memcpy(height, h, sizeof height);
}

static inline uint64_t bits(stream *s) {
  uint64_t r = s->a + s->b + s->n++;
  s->a = s->b ^ (s->b >> 11);
  s->b = s->c + (s->c << 3);
  s->c = ((s->c << 24) | (s->c >> 40)) + r;
  return r;
}

static inline double unit(stream *s) { return (bits(s) >> 11) * (1.0 / 9007199254740992.0); }

static __attribute__((noinline)) int slow(stream *s, int layer, int64_t size, double *z) {
  if (layer == 0) {
    double x, y;
    do {
      x = -0.27366123732975828 * log1p(-unit(s));
      y = -log1p(-unit(s));
    } while (!(y + y > x * x));
    *z = (size >> 8) & 1 ? -(3.6541528853610088 + x) : 3.6541528853610088 + x;
    return 1;
  }
  return (height[layer - 1] - height[layer]) * unit(s) + height[layer] < exp(-0.5 * *z * *z);
}

static inline double normal(stream *s) {
  for (;;) {
    uint64_t r = bits(s);
    int layer = r & 255;
    int64_t size = (r >> 9) & 0xfffffffffffff;
    double z = (double)size * width[layer];
    uint64_t sign;
    memcpy(&sign, &z, 8);
    sign ^= (r << 55) & 0x8000000000000000;
    memcpy(&z, &sign, 8);
    if (__builtin_expect(size < limit[layer], 1)) return z;
    stream copy = *s; /* the address of one that is in registers must not be taken */
    int good = slow(&copy, layer, size, &z);
    *s = copy;
    if (good) return z;
  }
}

void chain(int64_t steps, int64_t blocks, double *restrict x, double k, double right, double left, double noise,
           double wall, double dt, uint64_t *restrict state) {
  stream s = {state[0], state[1], state[2], state[3]};
  for (int64_t t = 0; t < steps; t++) {
    double below = 0.0, here = x[0];
    for (int64_t b = 0; b < blocks; b++) {
      double above = b + 1 < blocks ? x[b + 1] : wall;
      double force = k * (above - 2.0 * here + below) + noise * normal(&s);
      double held = force < right ? force : right;
      held = held > -left ? held : -left;
      x[b] = here + dt * (force - held);
      below = here;
      here = above;
    }
  }
  state[0] = s.a, state[1] = s.b, state[2] = s.c, state[3] = s.n;
}
