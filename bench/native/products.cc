// Products, changes of one channel, and the transforms of fast convolutions.
#include <algorithm>
#include <cmath>
#include <memory>
#include <numeric>

#include "case.h"
#include "tolerances.h"

namespace secateur::bench {

namespace {

using test::chain;

struct Product {
  const kernels::Kernels& k;
  std::size_t rows, depth, width;
  std::vector<float> tile = random_floats(rows * kernels::kTileDepth);
  std::vector<float> matrix = random_floats(depth * width);
  std::vector<float> init = random_floats(width);
  std::vector<float> out = std::vector<float>(rows * width);
  kernels::PackedMatrix weights = kernels::pack(matrix.data(), depth, width, width, k.panel);
  std::vector<std::uint32_t> weight_rows = std::vector<std::uint32_t>(depth);
  std::vector<const float*> from = std::vector<const float*>(rows, init.data());
  std::vector<float*> to = std::vector<float*>(rows);

  Product(const kernels::Kernels& kernels, std::size_t rows, std::size_t depth, std::size_t width)
      : k(kernels), rows(rows), depth(depth), width(width) {
    std::iota(weight_rows.begin(), weight_rows.end(), 0U);
    for (std::size_t r = 0; r < rows; ++r) to[r] = out.data() + r * width;
  }

  // Leaves out all but `percent` of the numbers of the rows; returns how many there are.
  std::size_t thin(std::size_t percent) {
    std::size_t kept = 0;
    for (std::size_t r = 0; r < rows; ++r) {
      for (std::size_t d = 0; d < depth; ++d) {
        const bool keeps = (r * depth + d) * 7919 % 100 < percent;
        if (!keeps) tile[r * kernels::kTileDepth + d] = 0;
        kept += keeps ? 1 : 0;
      }
    }
    return kept;
  }

  kernels::GemmTile product() const {
    return {rows, tile.data(), kernels::kTileDepth, weight_rows, &weights, from.data(), to.data()};
  }
  void run() { k.gemm(product()); }

  double error() const {
    double worst = 0;
    for (std::size_t i = 0; i < out.size(); ++i) {
      double expected = init[i % width];
      double magnitude = std::abs(expected);
      for (std::size_t d = 0; d < depth; ++d) {
        const double product = static_cast<double>(tile[i / width * kernels::kTileDepth + d]) *
                               static_cast<double>(matrix[d * width + i % width]);
        expected += product;
        magnitude += std::abs(product);
      }
      worst = std::max(worst, std::abs(out[i] - expected) / chain(depth, magnitude));
    }
    return worst;
  }
};

std::string by(std::size_t a, std::size_t b, std::size_t c) {
  return std::to_string(a) + " x " + std::to_string(b) + " x " + std::to_string(c);
}

Case gemm(const kernels::Kernels& k, std::size_t rows, std::size_t depth, std::size_t width) {
  const auto product = std::make_shared<Product>(k, rows, depth, width);
  return {"gemm",
          by(rows, depth, width),
          2.0 * static_cast<double>(rows * depth * width),
          bytes_of(rows * depth + depth * width + rows * width),
          [product] { product->run(); },
          [product] { return product->error(); }};
}

// As rows of images are: one number in five is not 0.
Case sparse_gemm(const kernels::Kernels& k, std::size_t rows, std::size_t depth,
                 std::size_t width) {
  Case made = gemm(k, rows, depth, width);
  const auto product = std::make_shared<Product>(k, rows, depth, width);
  made.family = "gemm, 20 % not 0";
  made.operations = 2.0 * static_cast<double>(product->thin(20) * width);
  made.run = [product] { product->run(); };
  made.error = [product] { return product->error(); };
  return made;
}

// A product, and the sums of the sizes of its terms.
struct Sized {
  Product product;
  std::vector<float> zeros = std::vector<float>(product.width);
  std::vector<float> sizes = std::vector<float>(product.out.size());
  std::vector<const float*> from = std::vector<const float*>(product.rows, zeros.data());
  std::vector<float*> to{};

  Sized(const kernels::Kernels& k, std::size_t rows, std::size_t depth, std::size_t width)
      : product(k, rows, depth, width) {
    for (std::size_t r = 0; r < rows; ++r) to.push_back(sizes.data() + r * width);
  }

  void run() { product.k.sized({product.product(), from.data(), to.data()}); }

  double error() const {
    double worst = product.error();
    for (std::size_t i = 0; i < sizes.size(); ++i) {
      double expected = 0;
      for (std::size_t d = 0; d < product.depth; ++d) {
        const float x = product.tile[i / product.width * kernels::kTileDepth + d];
        const float weight = product.matrix[d * product.width + i % product.width];
        expected += std::abs(static_cast<double>(x) * static_cast<double>(weight));
      }
      worst = std::max(worst, std::abs(sizes[i] - expected) / chain(product.depth, expected));
    }
    return worst;
  }
};

Case sized(const kernels::Kernels& k, std::size_t rows, std::size_t depth, std::size_t width) {
  const auto made = std::make_shared<Sized>(k, rows, depth, width);
  return {"sized",
          by(rows, depth, width),
          4.0 * static_cast<double>(rows * depth * width),
          bytes_of(rows * depth + depth * width + 2 * rows * width),
          [made] { made->run(); },
          [made] { return made->error(); }};
}

// Gradients of weights: every column with every column, summed over rows.
struct Outer {
  const kernels::Kernels& k;
  std::size_t rows, columns, width;
  std::vector<float> x = random_floats(rows * columns);
  std::vector<float> y = random_floats(rows * width);
  std::vector<float> sums{};

  void run() {
    sums.assign(columns * width, 0.0F);
    k.add_outer(
        {1, rows, x.data(), columns, columns, y.data(), width, width, sums.data(), nullptr, width});
  }

  double error() const {
    double worst = 0;
    for (std::size_t i = 0; i < sums.size(); ++i) {
      double expected = 0;
      double magnitude = 0;
      for (std::size_t r = 0; r < rows; ++r) {
        const double product = static_cast<double>(x[r * columns + i / width]) *
                               static_cast<double>(y[r * width + i % width]);
        expected += product;
        magnitude += std::abs(product);
      }
      worst = std::max(worst, std::abs(sums[i] - expected) / chain(rows, magnitude));
    }
    return worst;
  }
};

Case outer(const kernels::Kernels& k, std::size_t rows, std::size_t columns, std::size_t width) {
  const auto made = std::make_shared<Outer>(Outer{k, rows, columns, width});
  return {"outer",
          by(rows, columns, width),
          2.0 * static_cast<double>(rows * columns * width),
          bytes_of(rows * (columns + width) + 2 * columns * width),
          [made] { made->run(); },
          [made] { return made->error(); }};
}

// A change of one channel under 3 x 3 taps.
struct Change {
  const kernels::Kernels& k;
  std::size_t size, filters;
  std::size_t padded = size + 2;
  std::vector<float> image = random_floats(padded * padded);
  std::vector<float> matrix = random_floats(9 * filters);
  std::vector<float> base = random_floats(size * size * filters);
  std::vector<float> out = std::vector<float>(base.size());
  kernels::PackedMatrix weights = kernels::pack(matrix.data(), 9, filters, filters, k.panel);
  std::vector<std::uint32_t> offsets{}, rows{};

  Change(const kernels::Kernels& kernels, std::size_t size, std::size_t filters)
      : k(kernels), size(size), filters(filters) {
    for (std::uint32_t tap = 0; tap < 9; ++tap) {
      offsets.push_back(tap / 3 * static_cast<std::uint32_t>(padded) + tap % 3);
      rows.push_back(tap);
    }
  }

  void run() {
    k.delta_conv({image.data(), padded, offsets, rows, &weights, size, size, filters, base.data(),
                  out.data()});
  }

  double error() const {
    double worst = 0;
    for (std::size_t i = 0; i < out.size(); ++i) {
      const std::size_t at = i / filters / size * padded + i / filters % size;
      double expected = base[i];
      double magnitude = std::abs(expected);
      for (std::size_t tap = 0; tap < 9; ++tap) {
        const double product = static_cast<double>(image[at + offsets[tap]]) *
                               static_cast<double>(matrix[tap * filters + i % filters]);
        expected += product;
        magnitude += std::abs(product);
      }
      worst = std::max(worst, std::abs(out[i] - expected) / chain(9, magnitude));
    }
    return worst;
  }
};

Case delta_conv(const kernels::Kernels& k, std::size_t size, std::size_t filters) {
  const auto change = std::make_shared<Change>(k, size, filters);
  return {"delta_conv",
          by(size, size, filters),
          2.0 * 9 * static_cast<double>(change->out.size()),
          bytes_of(2 * change->out.size()),
          [change] { change->run(); },
          [change] { return change->error(); }};
}

// `matrix`, rows x depth, on both axes of a square of numbers; with their absolute values.
struct Expected {
  double value = 0;
  double magnitude = 0;
};
template <class Matrix, class Number>
Expected on_both_axes(const Matrix& matrix, std::size_t rows, std::size_t depth, std::size_t at,
                      Number number) {
  Expected found;
  for (std::size_t i = 0; i < depth * depth; ++i) {
    const double term = static_cast<double>(matrix[at / rows][i / depth]) *
                        static_cast<double>(matrix[at % rows][i % depth]) * number(i);
    found.value += term;
    found.magnitude += std::abs(term);
  }
  return found;
}

struct Transform {
  const kernels::Kernels& k;
  std::size_t choice, channels;
  const kernels::FastAxis& axis = kernels::kFastAxes[choice];
  std::size_t slab = channels + 16;
  std::vector<float> image = random_floats(axis.in * axis.in * channels);
  std::vector<float> slabs = random_floats(axis.products * axis.products * slab);
  std::vector<float> bias = random_floats(channels);
  std::vector<float> out = std::vector<float>(axis.out * axis.out * channels);
  std::vector<const float*> from{};
  std::vector<float*> to{};
  std::vector<std::size_t> places{};

  Transform(const kernels::Kernels& kernels, std::size_t choice, std::size_t channels)
      : k(kernels), choice(choice), channels(channels) {
    for (std::size_t i = 0; i < axis.in * axis.in; ++i) from.push_back(&image[i * channels]);
    for (std::size_t i = 0; i < axis.out * axis.out; ++i) to.push_back(&out[i * channels]);
    for (std::size_t p = 0; p < axis.products * axis.products; ++p) places.push_back(p * slab);
  }

  void forth() { k.fast[choice].input(from.data(), channels, slabs.data(), places.data()); }
  void back() {
    k.fast[choice].output({.slabs = slabs.data(),
                           .slab = slab,
                           .channels = channels,
                           .bias = bias.data(),
                           .tail = {},
                           .others = nullptr,
                           .pools = false,
                           .pixels = to.data()});
  }

  double forth_error() const {
    double worst = 0;
    for (std::size_t i = 0; i < axis.products * axis.products * channels; ++i) {
      const auto [value, magnitude] =
          on_both_axes(axis.input, axis.products, axis.in, i / channels,
                       [&](std::size_t pixel) { return image[pixel * channels + i % channels]; });
      const double got = slabs[i / channels * slab + i % channels];
      worst = std::max(worst, std::abs(got - value) / chain(axis.in, magnitude));
    }
    return worst;
  }

  double back_error() const {
    double worst = 0;
    for (std::size_t i = 0; i < out.size(); ++i) {
      const std::size_t channel = i % channels;
      const auto [value, magnitude] =
          on_both_axes(axis.output, axis.out, axis.products, i / channels,
                       [&](std::size_t p) { return slabs[p * slab + channel]; });
      const double bound = chain(axis.products + 1, magnitude + std::abs(bias[channel]));
      worst = std::max(worst, std::abs(out[i] - (value + bias[channel])) / bound);
    }
    return worst;
  }
};

std::vector<Case> transforms(const kernels::Kernels& k, std::size_t choice) {
  const auto transform = std::make_shared<Transform>(k, choice, 128);
  const auto& [in, products, out, stride, whole, input, taps, output] = transform->axis;
  const std::string shape = std::to_string(in) + " to " + std::to_string(products) + " to " +
                            std::to_string(out) + ", 128 channels";
  const std::size_t squares = products * products + in * in;
  return {{"fast input", shape, 0, bytes_of(128 * squares), [transform] { transform->forth(); },
           [transform] { return transform->forth_error(); }},
          {"fast output", shape, 0, bytes_of(128 * (products * products + out * out)),
           [transform] { transform->back(); }, [transform] { return transform->back_error(); }}};
}

}  // namespace

std::vector<Case> products(const kernels::Kernels& k) {
  std::vector<Case> cases{
      gemm(k, 96, 128, 128),  gemm(k, 96, 128, 64),  gemm(k, 96, 64, 32),
      gemm(k, 96, 32, 10),    gemm(k, 96, 9, 64),    sparse_gemm(k, 96, 128, 128),
      sized(k, 96, 128, 128), outer(k, 64, 128, 64), delta_conv(k, 14, 64),
      delta_conv(k, 7, 128),  delta_conv(k, 3, 256)};
  for (std::size_t choice = 0; choice < kernels::kFastAxes.size(); ++choice) {
    for (Case& of_axis : transforms(k, choice)) cases.push_back(std::move(of_axis));
  }
  return cases;
}

}  // namespace secateur::bench
