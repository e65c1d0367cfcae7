#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>

#include "support.h"
#include "tolerances.h"

using namespace secateur;
using namespace secateur::test;

namespace {

struct Product {
  std::size_t rows, depth, width, stride;
  std::vector<float> tile, matrix, init;
  std::vector<std::uint32_t> weight_rows;

  Product(std::size_t rows, std::size_t depth, std::size_t width, Random& random)
      : rows(rows),
        depth(depth),
        width(width),
        stride(width + 3),
        tile(random.floats(kernels::kTileRows * kernels::kTileDepth)),
        matrix(random.floats(depth * stride)),
        init(random.floats(rows * width)),
        weight_rows(depth) {
    std::iota(weight_rows.begin(), weight_rows.end(), 0U);
  }

  // A product that `change` may have made another.
  template <class Change>
  std::vector<float> run(const kernels::Kernels& k, Change change) const {
    const kernels::PackedMatrix weights =
        kernels::pack(matrix.data(), depth, width, stride, k.panel);
    std::vector<float> out(rows * width, -7);
    std::vector<const float*> from;
    std::vector<float*> to;
    for (std::size_t r = 0; r < rows; ++r) {
      from.push_back(init.data() + r * width);
      to.push_back(out.data() + r * width);
    }
    kernels::GemmTile product{rows,     tile.data(), kernels::kTileDepth, weight_rows,
                              &weights, from.data(), to.data()};
    change(product);
    k.gemm(product);
    return out;
  }
  std::vector<float> run(const kernels::Kernels& k) const {
    return run(k, [](kernels::GemmTile&) {});
  }

  // The product and the product of sizes, from the same `init`.
  std::pair<std::vector<float>, std::vector<float>> run_sized(const kernels::Kernels& k) const {
    const kernels::PackedMatrix weights =
        kernels::pack(matrix.data(), depth, width, stride, k.panel);
    std::vector<float> out(rows * width, -7), sizes(rows * width, -7);
    std::vector<const float*> from;
    std::vector<float*> to, to_sizes;
    for (std::size_t r = 0; r < rows; ++r) {
      from.push_back(init.data() + r * width);
      to.push_back(out.data() + r * width);
      to_sizes.push_back(sizes.data() + r * width);
    }
    k.sized(
        {{rows, tile.data(), kernels::kTileDepth, weight_rows, &weights, from.data(), to.data()},
         from.data(),
         to_sizes.data()});
    return {out, sizes};
  }

  void check(const std::vector<float>& out) const {
    for (std::size_t i = 0; i < out.size(); ++i) {
      double expected = init[i];
      double magnitude = std::abs(expected);
      for (std::size_t k = 0; k < weight_rows.size(); ++k) {
        const double product = static_cast<double>(tile[i / width * kernels::kTileDepth + k]) *
                               static_cast<double>(matrix[weight_rows[k] * stride + i % width]);
        expected += product;
        magnitude += std::abs(product);
      }
      const double difference = std::abs(out[i] - expected);
      CAPTURE(i);
      REQUIRE(difference <= chain(weight_rows.size(), magnitude));
    }
  }
};

}  // namespace

TEST_CASE("gemm: agrees with sums in double at all sizes of rows, depth and width") {
  on_every_isa([](const kernels::Kernels& k) {
    Random random(0x9e3779b9);
    for (const std::size_t width : kSizes) {
      for (const std::size_t rows : {1, 2, 5, 6, 7, 12, 13, 25, 96}) {
        for (const std::size_t depth : {1, 3, 16, 127, 128}) {
          const Product product(rows, depth, width, random);
          product.check(product.run(k));
        }
      }
    }
  });
}

TEST_CASE("gemm: takes weight rows in any order and with gaps") {
  on_every_isa([](const kernels::Kernels& k) {
    Random random(0x51ed270b);
    Product product(7, 20, 35, random);
    product.weight_rows = {19, 0, 7, 7, 3};
    product.check(product.run(k));
  });
}

TEST_CASE(
    "gemm: gives a row the same bits whatever rows are beside it and however depth is split") {
  on_every_isa([](const kernels::Kernels& k) {
    Random random(0x2545f491);
    Product all(96, 128, 37, random);
    const std::vector<float> whole = all.run(k);
    for (const std::size_t rows : {1, 5, 11}) {
      Product some = all;
      some.rows = rows;
      const std::vector<float> part = some.run(k);
      CHECK(std::equal(part.begin(), part.end(), whole.begin()));
    }
    Product first = all;
    first.weight_rows.resize(50);
    Product second = all;
    second.init = first.run(k);
    second.weight_rows.erase(second.weight_rows.begin(), second.weight_rows.begin() + 50);
    for (std::size_t r = 0; r < all.rows; ++r) {
      std::copy_n(all.tile.begin() + static_cast<std::ptrdiff_t>(r * kernels::kTileDepth + 50), 78,
                  second.tile.begin() + static_cast<std::ptrdiff_t>(r * kernels::kTileDepth));
    }
    CHECK(second.run(k) == whole);
  });
}

TEST_CASE("gemm: gives a row with zeros the same bits whatever rows are beside it") {
  on_every_isa([](const kernels::Kernels& k) {
    Random random(0x68e31da4);
    for (const std::size_t width : {10, 37}) {
      Product all(96, 125, width, random);
      for (float& x : all.tile) x = random.below(3) == 0 ? x : 0;
      for (float& x : all.init) x = random.below(3) == 0 ? x : -0.0F;
      all.check(all.run(k));
      Product beside = all;
      std::fill_n(beside.tile.begin() + kernels::kTileDepth, 95 * kernels::kTileDepth, 1.0F);
      const std::vector<float> sparse = all.run(k);
      const std::vector<float> dense = beside.run(k);
      CHECK(std::equal(
          sparse.begin(), sparse.begin() + static_cast<std::ptrdiff_t>(width), dense.begin(),
          [](float a, float b) { return a == b && std::signbit(a) == std::signbit(b); }));
    }
  });
}

TEST_CASE("gemm: 0 times an infinite weight is NaN") {
  on_every_isa([](const kernels::Kernels& k) {
    Random random(0x1b56c4e9);
    Product product(7, 20, 35, random);
    std::fill(product.tile.begin(), product.tile.end(), 0.0F);
    product.matrix[3 * product.stride + 5] = std::numeric_limits<float>::infinity();
    const std::vector<float> out = product.run(k);
    for (std::size_t i = 0; i < out.size(); ++i) CHECK(std::isnan(out[i]) == (i % 35 == 5));
  });
}

TEST_CASE("gemm: gives rows with few numbers the same bits as beside rows with many") {
  on_every_isa([](const kernels::Kernels& k) {
    Random random(0x3c6ef372);
    for (const std::size_t width : {8, 31, 64, 128, 129, 200}) {
      Product sparse(41, 128, width, random);
      for (float& x : sparse.tile) x = random.below(6) == 0 ? x : 0;
      const std::vector<float> alone = sparse.run(k);
      sparse.check(alone);
      Product beside = sparse;
      std::fill_n(beside.tile.begin(), 8 * kernels::kTileDepth, 1.0F);  // where it is looked
      const std::vector<float> among = beside.run(k);
      const auto rest = static_cast<std::ptrdiff_t>(8 * width);
      CHECK(std::equal(alone.begin() + rest, alone.end(), among.begin() + rest));
    }
  });
}

TEST_CASE("gemm: clamps what it writes, dense or sparse") {
  on_every_isa([](const kernels::Kernels& k) {
    Random random(0xb5470917);
    for (const bool sparse : {false, true}) {
      for (const std::size_t width : {1, 17, 128, 150}) {
        Product product(13, 40, width, random);
        if (sparse) std::fill(product.tile.begin(), product.tile.end() - 30, 0.0F);
        std::vector<float> expected = product.run(k);
        for (float& x : expected) x = std::clamp(x, -0.25F, 0.5F);
        const auto clamp = [](kernels::GemmTile& t) { t.least = -0.25F, t.most = 0.5F; };
        CHECK(product.run(k, clamp) == expected);
      }
    }
  });
}

TEST_CASE("gemm: gives the same bits where it looks for no zeros, whatever comes next") {
  on_every_isa([](const kernels::Kernels& k) {
    Random random(0x94d049bb);
    for (const std::size_t width : kSizes) {
      for (const std::size_t depth : {1, 7, 8, 17, 128}) {
        Product product(25, depth, width, random);
        product.tile[3] = 0;
        std::reverse(product.weight_rows.begin(), product.weight_rows.end());
        const std::vector<float> expected = product.run(k);
        product.check(expected);
        for (const float* next : std::array<const float*, 2>{nullptr, product.init.data()}) {
          const auto whole = [&](kernels::GemmTile& t) { t.skips_zeros = false, t.next = next; };
          CHECK(product.run(k, whole) == expected);
        }
      }
    }
  });
}

TEST_CASE("add_scaled_rows: gives the bits of products of depth 1") {
  on_every_isa([](const kernels::Kernels& k) {
    Random random(0x7feb352d);
    for (const std::size_t width : kSizes) {
      Product product(1, 3, width, random);
      const std::vector<float> factors = random.floats(3);
      std::vector<float> weights;
      for (std::size_t row = 0; row < 3; ++row) {
        const float* from = product.matrix.data() + row * product.stride;
        weights.insert(weights.end(), from, from + width);
      }
      const std::vector<std::uint32_t> picked{2, 0};
      std::vector<float> out(picked.size() * width, -7);
      k.add_scaled_rows(
          {product.init.data(), factors.data(), weights.data(), width, picked, out.data()});
      for (std::size_t i = 0; i < picked.size(); ++i) {
        product.weight_rows = {picked[i]};
        product.tile[0] = factors[picked[i]];
        const std::vector<float> expected = product.run(k);
        CHECK(std::equal(expected.begin(), expected.end(),
                         out.begin() + static_cast<std::ptrdiff_t>(i * width)));
      }
      std::vector<float> clamped(out.size());
      k.add_scaled_rows({product.init.data(), factors.data(), weights.data(), width, picked,
                         clamped.data(), -0.25F, 0.5F});
      for (float& x : out) x = std::clamp(x, -0.25F, 0.5F);
      CHECK(clamped == out);
    }
  });
}

TEST_CASE("find_changed: finds the places of all numbers but 0 and -0") {
  on_every_isa([](const kernels::Kernels& k) {
    Random random(0x510e527f);
    for (const std::size_t count : kSizes) {
      std::vector<float> numbers = random.floats(count);
      for (float& x : numbers) x = random.below(2) == 0 ? x : random.below(2) == 0 ? 0 : -0.0F;
      std::vector<std::uint32_t> expected;
      for (std::uint32_t i = 0; i < count; ++i) {
        if (numbers[i] != 0) expected.push_back(i);
      }
      std::vector<std::uint32_t> places(count + kernels::kKeptSlack);
      places.resize(k.find_changed(numbers.data(), count, places.data()));
      CHECK(places == expected);
    }
  });
}

TEST_CASE("sized: gives the bits of a product and of the product of sizes, at any share of zeros") {
  on_every_isa([](const kernels::Kernels& k) {
    Random random(0x6a09e667);
    for (const std::size_t width : kSizes) {
      for (const std::size_t rows : {1, 3, 4, 9, 96}) {
        for (const std::size_t depth : {1, 5, 128}) {
          Product product(rows, depth, width, random);
          for (float& number : product.tile) number = random.below(3) == 0 ? number : 0;
          Product sizes = product;
          for (auto* list : {&sizes.tile, &sizes.matrix})
            for (float& number : *list) number = std::abs(number);
          const auto [out, out_sizes] = product.run_sized(k);
          REQUIRE(out == product.run(k));
          REQUIRE(out_sizes == sizes.run(k));
        }
      }
    }
  });
}

TEST_CASE("sized: infinite weights are multiplied with zeros too") {
  on_every_isa([](const kernels::Kernels& k) {
    Random random(0xbb67ae85);
    Product product(5, 9, 70, random);
    product.matrix[4 * product.stride + 2] = std::numeric_limits<float>::infinity();
    for (std::size_t r = 0; r < product.rows; ++r) product.tile[r * kernels::kTileDepth + 4] = 0;
    const auto [out, sizes] = product.run_sized(k);
    for (std::size_t i = 0; i < out.size(); ++i) {
      CHECK(std::isnan(out[i]) == (i % 70 == 2));
      CHECK(std::isnan(sizes[i]) == (i % 70 == 2));
    }
  });
}
