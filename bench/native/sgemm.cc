// Importance propagation as three matrix products a layer by OpenBLAS: what a good sgemm alone can
// do, a batch at a time. `sgemm FILE BATCH THREADS`; the file is written by bench/peers/sgemm.ts:
// int32 number of layers, their sizes, then float32 kernels [in][out] and biases, int32 samples, x.
// Prints the sums of relevance of each layer but the scores, and seconds, as one JSON object.
#include <cblas.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <vector>

extern "C" void openblas_set_num_threads(int);

namespace {

using Floats = std::vector<float>;

struct Layer {
  int in, out;
  Floats kernel, sizes, bias;
};

struct Problem {
  std::vector<Layer> layers;
  int samples;
  Floats x;
};

template <typename T>
std::vector<T> read(std::ifstream& file, std::size_t count) {
  std::vector<T> values(count);
  file.read(reinterpret_cast<char*>(values.data()),
            static_cast<std::streamsize>(count * sizeof(T)));
  return values;
}

Problem read_problem(const char* path) {
  std::ifstream file(path, std::ios::binary);
  const auto sizes = read<std::int32_t>(file, read<std::int32_t>(file, 1)[0]);
  Problem problem;
  for (std::size_t l = 0; l + 1 < sizes.size(); ++l) {
    Layer layer{sizes[l], sizes[l + 1], {}, {}, {}};
    layer.kernel = read<float>(file, std::size_t(layer.in) * layer.out);
    layer.bias = read<float>(file, layer.out);
    layer.sizes = layer.kernel;
    for (float& w : layer.sizes) w = std::fabs(w);
    problem.layers.push_back(layer);
  }
  problem.samples = read<std::int32_t>(file, 1)[0];
  problem.x = read<float>(file, std::size_t(problem.samples) * sizes[0]);
  return problem;
}

// c[rows][n] = a[rows][k] b[k][n], b as it is or transposed.
void product(int rows, int n, int k, const float* a, const Floats& b, bool transposed, float* c) {
  cblas_sgemm(CblasRowMajor, CblasNoTrans, transposed ? CblasTrans : CblasNoTrans, rows, n, k, 1, a,
              k, b.data(), transposed ? k : n, 0, c, n);
}

using Sums = std::vector<std::vector<double>>;

// y[l] enters layer l; shares[l] is what one unit of its denominators hands on.
void propagate(const Problem& problem, int from, int rows, std::vector<Floats>& y,
               std::vector<Floats>& shares, std::vector<Floats>& relevance, Sums& sums) {
  const auto& layers = problem.layers;
  const std::size_t depth = layers.size();
  std::copy_n(&problem.x[std::size_t(from) * layers[0].in], std::size_t(rows) * layers[0].in,
              y[0].begin());
  for (std::size_t l = 0; l < depth; ++l) {
    const Layer& layer = layers[l];
    // The scores themselves are not needed to share them out uniformly.
    if (l + 1 < depth) {
      product(rows, layer.out, layer.in, y[l].data(), layer.kernel, false, y[l + 1].data());
      for (int i = 0; i < rows; ++i)
        for (int j = 0; j < layer.out; ++j) {
          float& unit = y[l + 1][std::size_t(i) * layer.out + j];
          unit = std::max(unit + layer.bias[j], 0.f);
        }
    }
    product(rows, layer.out, layer.in, y[l].data(), layer.sizes, false, shares[l].data());
  }
  std::fill(relevance[depth].begin(), relevance[depth].end(), 1.f / layers.back().out);
  for (std::size_t l = depth; l-- > 0;) {
    const Layer& layer = layers[l];
    const std::size_t outputs = std::size_t(rows) * layer.out;
    for (std::size_t q = 0; q < outputs; ++q)
      shares[l][q] = shares[l][q] == 0 ? 0 : relevance[l + 1][q] / shares[l][q];
    product(rows, layer.in, layer.out, shares[l].data(), layer.sizes, true, relevance[l].data());
    for (int i = 0; i < rows; ++i)
      for (int k = 0; k < layer.in; ++k) {
        const std::size_t at = std::size_t(i) * layer.in + k;
        relevance[l][at] *= y[l][at];
        sums[l][k] += relevance[l][at];
      }
  }
}

double processor_seconds() {
  rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) { return t.tv_sec + 1e-6 * t.tv_usec; };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 4) return 2;
  const Problem problem = read_problem(arguments[1]);
  const int batch = std::atoi(arguments[2]);
  openblas_set_num_threads(std::atoi(arguments[3]));
  std::vector<Floats> y, shares, relevance;
  Sums sums;
  for (const Layer& layer : problem.layers) {
    y.emplace_back(std::size_t(batch) * layer.in);
    shares.emplace_back(std::size_t(batch) * layer.out);
    relevance.emplace_back(std::size_t(batch) * layer.in);
    sums.emplace_back(layer.in);
  }
  relevance.emplace_back(std::size_t(batch) * problem.layers.back().out);
  const double cpu = processor_seconds();
  const auto started = std::chrono::steady_clock::now();
  for (int from = 0; from < problem.samples; from += batch)
    propagate(problem, from, std::min(batch, problem.samples - from), y, shares, relevance, sums);
  const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - started;
  std::printf(R"({"seconds":%.6f,"cpu":%.6f,"sums":[)", wall.count(), processor_seconds() - cpu);
  for (std::size_t l = 0; l < sums.size(); ++l) {
    std::printf(l == 0 ? "[" : ",[");
    for (std::size_t k = 0; k < sums[l].size(); ++k)
      std::printf(k == 0 ? "%.17g" : ",%.17g", sums[l][k]);
    std::printf("]");
  }
  std::printf("]}\n");
  return 0;
}
