#include "fast_conv2d.h"

#include <algorithm>

#include "matmul.h"

namespace secateur::engine {

namespace {

using kernels::FastAxis;
using kernels::kFastAxes;
using kernels::kTileDepth;
using kernels::kTileRows;

// Filters that are multiplied and transformed back at a time.
constexpr std::size_t kColumns = 64;
// Between slabs, so that the same place of all of them does not fall on the same cache lines.
constexpr std::size_t kGap = 16;
// Of transformed tiles: what a second-level cache holds beside some weights.
constexpr std::size_t kScratchFloats = std::size_t{1} << 18;
// What moving a number into or out of a slab costs, in multiply-adds of a product.
constexpr double kTransformCost = 12;

std::size_t parts(std::size_t whole, std::size_t part) { return (whole + part - 1) / part; }

bool fits(const FastAxis& axis, const kernels::Window& w) {
  const auto in = static_cast<std::ptrdiff_t>(axis.in);
  const auto stride = static_cast<std::ptrdiff_t>(axis.stride);
  if (w.stride_y != stride || w.stride_x != stride) return false;
  return !axis.whole || (w.in_height == in && w.in_width == in && w.out_height == in &&
                         w.out_width == in && w.top == 1 && w.left == 1);
}

}  // namespace

namespace {

// Tiles along an axis; outputs that no square of a pooling reads are left out.
std::size_t tiles_along(const FastAxis& axis, std::ptrdiff_t outputs, bool pools) {
  return parts(static_cast<std::size_t>(pools ? outputs - outputs % 2 : outputs), axis.out);
}

}  // namespace

std::size_t FastConv2d::tile_count(const FastAxis& axis, const kernels::Window& w, bool pools) {
  return tiles_along(axis, w.out_height, pools) * tiles_along(axis, w.out_width, pools);
}

// Multiply-adds of an image, or what takes as long.
double FastConv2d::cost(const FastAxis& axis, std::size_t tiles, double channels, double filters) {
  const auto slabs = static_cast<double>(axis.products * axis.products * tiles);
  return slabs * (channels * filters + kTransformCost * (channels + filters));
}

std::optional<std::size_t> FastConv2d::choose(const kernels::Window& w, std::size_t channels,
                                              std::size_t filters, bool pools) {
  const bool plain = w.height == 3 && w.width == 3 && w.dilation_y == 1 && w.dilation_x == 1;
  if (!plain) return std::nullopt;
  const auto from = static_cast<double>(channels);
  const auto to = static_cast<double>(filters);
  double least = static_cast<double>(9 * w.out_height * w.out_width) * from * to;
  std::optional<std::size_t> choice;
  for (std::size_t i = 0; i < kFastAxes.size(); ++i) {
    if (!fits(kFastAxes[i], w) || (pools && kFastAxes[i].out % 2 != 0)) continue;
    const double here = cost(kFastAxes[i], tile_count(kFastAxes[i], w, pools), from, to);
    if (here < least) {
      least = here;
      choice = i;
    }
  }
  return choice;
}

FastConv2d::FastConv2d(std::size_t choice, const kernels::Window& window, std::size_t channels,
                       std::size_t filters, std::span<const float> kernel)
    : axis_(kFastAxes[choice]),
      transforms_(kernels::kernels().fast[choice]),
      window_(window),
      channels_(channels),
      filters_(filters),
      slabs_side_by_side_(std::max<std::size_t>(1, kTileDepth / channels)),
      zeros_(std::max(channels, filters), 0.0F),
      weight_rows_(all_rows(channels)) {
  const std::size_t floats =
      parts(slabs(), slabs_side_by_side_) * depth_blocks() * kTileDepth + slabs() * columns(0);
  rows_at_once_ =
      kernels::without_rest(std::clamp<std::size_t>(kScratchFloats / floats, 1, kTileRows));
  for (std::size_t p = 0; p < slabs(); ++p) {
    slab_starts_.push_back(p / slabs_side_by_side_ * input_slab() +
                           p % slabs_side_by_side_ * channels);
  }
  tiles_ = lay_out(false);
  if (can_pool()) pooled_tiles_ = lay_out(true);
  core::Buffer taps(slabs() * channels * filters);
  kernels::fast_taps(axis_, kernel.data(), channels, filters, taps.data());
  for (std::size_t block = 0; block < column_blocks(); ++block) {
    for (std::size_t p = 0; p < slabs(); ++p) {
      weights_.push_back(kernels::pack(taps.data() + p * channels * filters + block * kColumns,
                                       channels, columns(block), filters,
                                       kernels::kernels().panel));
    }
  }
}

FastConv2d::Tiles FastConv2d::lay_out(bool pools) const {
  const std::size_t part = pools ? 2 : 1;  // outputs a pixel, along an axis
  const auto side = static_cast<std::ptrdiff_t>(axis_.out / part);
  const auto step = static_cast<std::ptrdiff_t>(axis_.out * axis_.stride);
  const auto in = static_cast<std::ptrdiff_t>(axis_.in);
  const auto parted = static_cast<std::ptrdiff_t>(part);
  const auto place = [](std::ptrdiff_t y, std::ptrdiff_t x, std::ptrdiff_t height,
                        std::ptrdiff_t width, std::size_t numbers) {
    const bool inside = y >= 0 && y < height && x >= 0 && x < width;
    return inside ? (y * width + x) * static_cast<std::ptrdiff_t>(numbers) : kOutside;
  };
  Tiles tiles;
  tiles.count = tile_count(axis_, window_, pools);
  const auto columns = static_cast<std::ptrdiff_t>(tiles_along(axis_, window_.out_width, pools));
  for (std::ptrdiff_t tile = 0; tile < static_cast<std::ptrdiff_t>(tiles.count); ++tile) {
    const std::ptrdiff_t row = tile / columns;
    const std::ptrdiff_t column = tile % columns;
    const std::ptrdiff_t top = row * step - (axis_.whole ? 0 : window_.top);
    const std::ptrdiff_t left = column * step - (axis_.whole ? 0 : window_.left);
    for (std::ptrdiff_t i = 0; i < in * in; ++i) {
      tiles.reads.push_back(
          place(top + i / in, left + i % in, window_.in_height, window_.in_width, channels_));
    }
    for (std::ptrdiff_t i = 0; i < side * side; ++i) {
      tiles.writes.push_back(place(row * side + i / side, column * side + i % side,
                                   window_.out_height / parted, window_.out_width / parted,
                                   filters_));
    }
  }
  return tiles;
}

void FastConv2d::forward(const TailedPass& pass, const float* bias, Worker& worker) const {
  float* slabs = worker.scratch(scratch());
  float* products = slabs + depth_blocks() * input_floats();
  const Tiles& tiles = pass.tail.pools() ? pooled_tiles_ : tiles_;
  const std::size_t rows = pass.count * tiles.count;
  for (std::size_t first = 0; first < rows; first += rows_at_once_) {
    const std::size_t here = std::min(rows_at_once_, rows - first);
    transform_images(pass.rows, tiles, first, here, slabs);
    for (std::size_t block = 0; block < column_blocks(); ++block) {
      if (worker.stopped()) return;
      multiply(block, here, slabs, products);
      transform_products(pass, tiles, block, first, here, products, bias);
    }
  }
}

double FastConv2d::macs() const {
  return cost(axis_, tiles_.count, static_cast<double>(channels_), static_cast<double>(filters_));
}

std::size_t FastConv2d::weight_bytes() const {
  std::size_t sum = 0;
  for (const kernels::PackedMatrix& matrix : weights_) sum += matrix.data.size() * sizeof(float);
  return sum;
}

std::size_t FastConv2d::scratch() const {
  return depth_blocks() * input_floats() + slabs() * output_slab();
}

// Of a depth block.
std::size_t FastConv2d::input_floats() const {
  return parts(slabs(), slabs_side_by_side_) * input_slab();
}

std::size_t FastConv2d::depth_blocks() const { return parts(channels_, kTileDepth); }
std::size_t FastConv2d::column_blocks() const { return parts(filters_, kColumns); }
std::size_t FastConv2d::columns(std::size_t block) const {
  return std::min(kColumns, filters_ - block * kColumns);
}
std::size_t FastConv2d::input_slab() const { return rows_at_once_ * kTileDepth + kGap; }
std::size_t FastConv2d::output_slab() const { return rows_at_once_ * columns(0) + kGap; }

void FastConv2d::transform_images(RowList images, const Tiles& tiles, std::size_t first,
                                  std::size_t rows, float* slabs) const {
  std::array<const float*, kernels::kMostFastIn * kernels::kMostFastIn> pixels;
  const std::size_t in = axis_.in * axis_.in;
  for (std::size_t r = 0; r < rows; ++r) {
    const float* image = images[(first + r) / tiles.count];
    const std::ptrdiff_t* reads = tiles.reads.data() + (first + r) % tiles.count * in;
    for (std::size_t i = 0; i < in; ++i)
      pixels[i] = reads[i] == kOutside ? zeros_.data() : image + reads[i];
    for (std::size_t k = 0; k < channels_; k += kTileDepth) {
      transforms_.input(pixels.data(), std::min(kTileDepth, channels_ - k),
                        slabs + k / kTileDepth * input_floats() + r * kTileDepth,
                        slab_starts_.data());
      for (std::size_t i = 0; i < in; ++i)
        if (reads[i] != kOutside) pixels[i] += kTileDepth;
    }
  }
}

void FastConv2d::multiply(std::size_t block, std::size_t rows, const float* slabs,
                          float* products) const {
  std::array<const float*, kTileRows> from;
  std::array<float*, kTileRows> to;
  for (std::size_t p = 0; p < this->slabs(); ++p) {
    const std::size_t matrix = block * this->slabs() + p;
    std::fill_n(from.begin(), rows, zeros_.data());
    for (std::size_t r = 0; r < rows; ++r) to[r] = products + p * output_slab() + r * columns(0);
    for (std::size_t k = 0; k < channels_; k += kTileDepth) {
      kernels::kernels().gemm(
          {.rows = rows,
           .tile = slabs + k / kTileDepth * input_floats() + slab_starts_[p],
           .stride = kTileDepth,
           .weight_rows = std::span(weight_rows_).subspan(k, std::min(kTileDepth, channels_ - k)),
           .weights = &weights_[matrix],
           .init = from.data(),
           .out = to.data(),
           .next = weights_[(matrix + 1) % weights_.size()].data.data(),
           .skips_zeros = false});
      std::copy_n(to.begin(), rows, from.begin());
    }
  }
}

void FastConv2d::transform_products(const TailedPass& pass, const Tiles& tiles, std::size_t block,
                                    std::size_t first, std::size_t rows, const float* products,
                                    const float* bias) const {
  const std::size_t part = pass.tail.pools() ? 2 : 1;  // outputs a pixel, along an axis
  const std::size_t outs = axis_.out * axis_.out / (part * part);
  const std::size_t size = static_cast<std::size_t>(window_.out_height) / part *
                           (static_cast<std::size_t>(window_.out_width) / part) * filters_;
  const std::size_t channel = block * kColumns;
  kernels::Tail tail = pass.tail.numbers();
  if (tail.scale != nullptr) {
    tail.scale += channel;
    tail.shift += channel;
  }
  constexpr std::size_t kMost = kernels::kMostFastOut * kernels::kMostFastOut;
  std::array<float*, kMost> pixels;
  std::array<float*, kMost> winners;
  std::array<const float*, kMost> others;
  for (std::size_t r = 0; r < rows; ++r) {
    const std::size_t image = (first + r) / tiles.count;
    const std::ptrdiff_t* writes = tiles.writes.data() + (first + r) % tiles.count * outs;
    float* const out = pass.out + image * size + channel;
    const float* const other = pass.tail.adds() ? pass.others[image] + channel : nullptr;
    for (std::size_t i = 0; i < outs; ++i) {
      const bool inside = writes[i] != kOutside;
      pixels[i] = inside ? out + writes[i] : nullptr;
      if (inside && pass.winners != nullptr)
        winners[i] = pass.winners + image * size + channel + writes[i];
      others[i] = inside && other != nullptr ? other + writes[i] : nullptr;
    }
    transforms_.output({.slabs = products + r * columns(0),
                        .slab = output_slab(),
                        .channels = columns(block),
                        .bias = bias + channel,
                        .tail = tail,
                        .others = pass.tail.adds() ? others.data() : nullptr,
                        .pools = pass.tail.pools(),
                        .pixels = pixels.data(),
                        .winners = pass.winners == nullptr ? nullptr : winners.data()});
  }
}

}  // namespace secateur::engine
