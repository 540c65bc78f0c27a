/* The LE-SDE, L-model, through class means: one replicate, NumPy's normal numbers by the ziggurat of spring.c. X is K x K x n. */
#include "spring.c"

void elastic(int64_t steps, int64_t k_count, int64_t n, double *restrict x, double alpha, double beta, double sigma,
             double dt, double *restrict drift, double *restrict pull, uint64_t *restrict state) {
  stream s = {state[0], state[1], state[2], state[3]};
  double share = 1.0 / k_count, scale = sigma * sqrt(dt);
  for (int64_t t = 0; t < steps; t++) {
    for (int64_t j = 0; j < k_count; j++) {
      pull[j] = 0.0;
      for (int64_t i = 0; i < k_count; i++) {
        const double *row = x + (j * k_count + i) * n;
        double sum = 0.0;
        for (int64_t m = 0; m < n; m++) sum += row[m];
        pull[j] += ((i == j) - share) * (sum / n);
      }
      pull[j] /= 1.0 - share;
    }
    for (int64_t k = 0; k < k_count; k++)
      for (int64_t i = 0; i < k_count; i++) {
        double sum = 0.0;
        for (int64_t j = 0; j < k_count; j++) sum += (j == k ? alpha : beta) * share * ((i == j) - share) * pull[j];
        drift[k * k_count + i] = sum;
      }
    for (int64_t r = 0; r < k_count * k_count; r++) {
      double *row = x + r * n, moved = dt * drift[r];
      for (int64_t m = 0; m < n; m++) row[m] = row[m] + moved + scale * normal(&s);
    }
  }
  state[0] = s.a, state[1] = s.b, state[2] = s.c, state[3] = s.n;
}
