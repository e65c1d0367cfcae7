// The engine as the addon sees it: a packed network and ways to run samples through it, of which
// propagation.h has more. Knows kernels, not Node.
//
// Every function blocks until it is done, splits samples over `Options::threads` threads of its
// own, polls `Options::cancelled` at least every 20 ms of work and then returns Status::cancelled.
// Results are bit-equal for any number of threads and any memory budget: sums are taken over fixed
// blocks of kSampleBlock samples and merged in block order, in double.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace secateur::engine {

inline constexpr std::size_t kSampleBlock = 64;

// A status by value: `ok()` or a message that names what was wrong.
struct [[nodiscard]] Status {
  enum class Code : std::uint8_t { ok, cancelled, invalid, out_of_memory };
  Code code = Code::ok;
  std::string message;
  bool ok() const { return code == Code::ok; }
};

// One vertex as the TypeScript side describes it. `kind` picks the row of the table in layers/; the
// meaning of `ints`, `floats` and `weights` belongs to that kind's file. Shapes leave the sample
// axis out, images are [height, width, channels]. Nothing here is trusted: Network::pack checks
// every size against every other.
struct LayerSpec {
  std::string kind;
  std::vector<std::uint32_t> inputs;
  std::vector<std::size_t> shape;
  std::vector<std::int32_t> ints;
  std::vector<double> floats;
  std::vector<std::span<const float>> weights;
};

// A network with its weights copied and laid out for the kernels. Immutable, shared by any number
// of runs.
class Network {
 public:
  static Status pack(std::span<const LayerSpec> layers, std::shared_ptr<const Network>& packed);

  virtual ~Network() = default;
  virtual std::size_t layer_count() const = 0;
  virtual std::span<const std::size_t> shape(std::size_t layer) const = 0;
  virtual std::size_t size(std::size_t layer) const = 0;  // product of shape(layer)
  virtual std::size_t bytes() const = 0;                  // held by the packed weights
};

// `count` samples of the input's size, as floats or as bytes (exactly one of the two spans is used:
// the other is empty). The network sees `scale * x`.
struct Samples {
  std::span<const float> floats;
  std::span<const std::uint8_t> bytes;
  float scale = 1;
  std::size_t count = 0;
};

enum class Loss : std::uint8_t { cross_entropy, binary_cross_entropy, mean_squared_error };

// Where the loss is taken: the output of `layer` is the logits (cross-entropies) or the output
// (mean squared error).
struct Head {
  Loss loss = Loss::cross_entropy;
  std::uint32_t layer = 0;
};

// `labels` (one a sample) for cross-entropy, else `values` (count x size of the head's layer).
struct Targets {
  std::span<const std::int32_t> labels;
  std::span<const float> values;
};

struct Options {
  unsigned threads = 1;
  std::size_t memory = std::size_t{384} << 20;
  const std::atomic<bool>* cancelled = nullptr;
};

struct Measured {
  double loss_sum = 0;
  double correct = 0;
  double flips = 0;
};

struct ClassMeasured : Measured {
  double samples = 0;
};

Status forward(const Network& network, const Samples& samples, std::uint32_t layer,
               std::span<float> output, const Options& options);

struct Evaluation {
  Measured total;
  std::vector<ClassMeasured> per_class;  // for cross-entropy, else empty
  std::vector<double> losses;            // by sample
};

Status evaluate(const Network& network, const Samples& samples, const Targets& targets,
                const Head& head, const Options& options, Evaluation& found);

// Channel nodes[k] of the output of layer `site` is replaced by values[k]. Loss sums go on from
// before[k], the sum over samples that came before these, or from 0 if there are none.
struct Sweep {
  std::uint32_t site = 0;
  std::vector<std::uint32_t> nodes;
  std::vector<float> values;
  std::vector<double> before = {};
};

struct AblationJob {
  Samples samples;
  Targets targets;
  Head head;
  std::vector<Sweep> sweeps;
  bool partial = false;
  bool blocks = false;
  bool per_class = false;  // for losses that take labels
};

// Channel `node` of the output of layer `site` is replaced by `value`.
struct Cut {
  std::uint32_t site = 0;
  std::uint32_t node = 0;
  float value = 0;
};

// Set i holds cuts[members[ends[i - 1]]] to cuts[members[ends[i] - 1]] and, where grows[i], all
// that set i - 1 holds. No set holds two cuts of one channel.
struct CutSets {
  std::vector<std::uint32_t> members;
  std::vector<std::uint32_t> ends;
  std::vector<std::uint8_t> grows;
  // Loss sums of the sets over samples before these, which theirs go on from; empty for none.
  std::vector<double> before;

  std::size_t size() const { return ends.size(); }
  // The members that set i does not have from the set before it.
  std::span<const std::uint32_t> added(std::size_t i) const {
    const std::size_t first = i == 0 ? 0 : ends[i - 1];
    return std::span(members).subspan(first, ends[i] - first);
  }
};

struct SetsJob {
  Samples samples;
  Targets targets;
  Head head;
  std::vector<Cut> cuts;
  CutSets sets;
};

// What ablate() and ablate_sets() say, in the order that src/engine/engine.ts promises.
//   baseline  first = loss sum,   second = correct
//   node      first = loss sum,   second = correct, third = flips: how many predictions differ from
//             the intact ones; of node sweeps[sweep].nodes[index]
//   progress  first = samples done out of samples.count (work, not position)
//   set       first = loss sum,   second = correct, third = flips
//             of set `index` of a job of sets
//   partial   first = change sum, second = samples seen, third = standard error of the mean change,
//             NaN if unknown
//   block     first = change sum, second = number of the block
//             if the job wants them: those of a node in order, right before it
//   label     first = loss sum,   second = correct, third = samples
//             of the samples of class `index`, if the job wants them per class: all classes in
//             order, right before the baseline or the node that they belong to
struct Event {
  enum class Type : std::uint8_t { baseline, node, progress, partial, set, block, label };
  Type type = Type::baseline;
  std::uint32_t sweep = 0;
  std::uint32_t index = 0;
  double first = 0;
  double second = 0;
  double third = 0;
};

// Takes events on the thread that called ablate() or ablate_sets(). May block (the reader is slow);
// false ends the run as cancelled.
class Sink {
 public:
  virtual ~Sink() = default;
  virtual bool take(const Event& event) = 0;
};

Status ablate(const Network& network, const AblationJob& job, const Options& options, Sink& sink);

// About how many seconds ablate() will take where nothing else wants the processors.
struct Prediction {
  double intact = 0;  // the pass that the baseline comes from
  double sweeps = 0;  // everything else
};

// Runs the job's own steps on a few of the samples, which takes some tenths of a second at most.
Status predict(const Network& network, const AblationJob& job, const Options& options,
               Prediction& prediction);

// The network without each of many sets of nodes.
Status ablate_sets(const Network& network, const SetsJob& job, const Options& options, Sink& sink);

// The instruction set that the kernels use: the best that the processor has, or the one that the
// environment variable SECATEUR_ISA names (scalar, avx2, avx512, neon) if the processor has it.
std::string instruction_set();
std::vector<std::string> supported_instruction_sets();

}  // namespace secateur::engine
