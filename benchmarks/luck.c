// Steps of gradient descent of a student of ReLUs that learns from a teacher, by hand. Widths are those of inputs, hidden layers and outputs; the
// weights of a layer are w[i][j], from i below to j above, so that the inner loops run along rows.
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static uint64_t bits = 0x9e3779b97f4a7c15ull;

static double uniform(void) {
    bits ^= bits << 13;
    bits ^= bits >> 7;
    bits ^= bits << 17;
    return ((bits >> 11) + 0.5) * 0x1p-53;
}

static void draw(double *x, int64_t n) {
    for (int64_t i = 0; i + 1 < n; i += 2) {
        double r = sqrt(-2 * log(uniform())), a = 6.283185307179586 * uniform();
        x[i] = r * cos(a);
        x[i + 1] = r * sin(a);
    }
}

// out += a·w
static void multiply(const double *restrict a, const double *restrict w, double *restrict out, int64_t n, int64_t in, int64_t to) {
    for (int64_t b = 0; b < n; b++)
        for (int64_t i = 0; i < in; i++)
            for (int64_t j = 0; j < to; j++) out[b * to + j] += a[b * in + i] * w[i * to + j];
}

static void forward(int64_t depth, const int64_t *wide, int64_t n, const double *w, double **h) {
    for (int64_t l = 0; l < depth; w += wide[l] * wide[l + 1], l++) {
        memset(h[l + 1], 0, n * wide[l + 1] * sizeof *w);
        multiply(h[l], w, h[l + 1], n, wide[l], wide[l + 1]);
        for (int64_t k = 0; l + 1 < depth && k < n * wide[l + 1]; k++) h[l + 1][k] = h[l + 1][k] > 0 ? h[l + 1][k] : 0;
    }
}

static void backward(int64_t depth, const int64_t *wide, int64_t n, double *w, double **h, double *gap, double rate) {
    for (int64_t l = 0; l < depth; l++) w += wide[l] * wide[l + 1];
    for (int64_t l = depth - 1; l >= 0; l--) {
        int64_t in = wide[l], to = wide[l + 1];
        w -= in * to;
        double *below = calloc(n * in, sizeof *w), *turned = malloc(in * to * sizeof *w);
        for (int64_t i = 0; l > 0 && i < in; i++)
            for (int64_t j = 0; j < to; j++) turned[j * in + i] = w[i * to + j];
        if (l > 0) multiply(gap, turned, below, n, to, in);
        for (int64_t k = 0; k < n * in; k++) below[k] = h[l][k] > 0 ? below[k] : 0;
        for (int64_t b = 0; b < n; b++)
            for (int64_t i = 0; i < in; i++)
                for (int64_t j = 0; j < to; j++) w[i * to + j] -= rate * h[l][b * in + i] * gap[b * to + j];
        memcpy(gap, below, n * in * sizeof *w);
        free(below);
        free(turned);
    }
}

static double **rooms(int64_t depth, const int64_t *wide, int64_t n) {
    double **h = malloc((depth + 1) * sizeof *h);
    for (int64_t l = 0; l <= depth; l++) h[l] = malloc(n * wide[l] * sizeof **h);
    return h;
}

static void release(int64_t depth, double **h) {
    for (int64_t l = 0; l <= depth; l++) free(h[l]);
    free(h);
}

void learn(int64_t steps, int64_t depth, const int64_t *wide, const int64_t *narrow, int64_t n, double *w, const double *teacher, double rate) {
    double **h = rooms(depth, wide, n), **t = rooms(depth, narrow, n);
    int64_t most = 0;
    for (int64_t l = 0; l <= depth; l++) most = wide[l] > most ? wide[l] : most;
    double *gap = malloc(n * most * sizeof *gap);
    for (int64_t s = 0; s < steps; s++) {
        draw(h[0], n * wide[0]);
        memcpy(t[0], h[0], n * wide[0] * sizeof *gap);
        forward(depth, wide, n, w, h);
        forward(depth, narrow, n, teacher, t);
        for (int64_t k = 0; k < n * wide[depth]; k++) gap[k] = (h[depth][k] - t[depth][k]) / n;
        backward(depth, wide, n, w, h, gap, rate);
    }
    release(depth, h);
    release(depth, t);
    free(gap);
}
