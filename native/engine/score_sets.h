// The strategy for sets whose cuts all lie at one site and go through one product into the scores
// of a cross-entropy, as in score_sweep.h. Sets that differ in their last cut only are measured
// side by side, on top of the scores that the cuts before it, their stem, leave.
#pragma once

#include <memory>
#include <vector>

#include "changed_tally.h"
#include "narrow_pass.h"
#include "sets_strategy.h"

namespace secateur::engine {

class ScoreSets final : public SetsStrategy {
 public:
  // Sets that are begun together at most.
  static constexpr std::size_t kSetsAtOnce = 1024;

  // What the threads of a job share: its cuts as a sweep.
  struct Shared {
    Sweep sweep;
    SweepPlan plan;
  };
  // Null if the job does not fit.
  static std::unique_ptr<const Shared> share(const PackedNetwork& network, const SetsJob& job);
  static std::size_t bytes(const PackedNetwork& network, const SetsJob& job, const Shared& shared,
                           std::size_t unit_rows);

  ScoreSets(const SetsTask& task, const Shared& shared, Worker& worker);

  void begin(const Batch& batch) override;
  void run(const IntactPass& intact, Range unit, std::span<const kernels::RowLoss> losses,
           Worker& worker) override;
  std::vector<Measured> sums() const override;

 private:
  using Stem = std::vector<std::uint32_t>;  // cuts
  struct Family {
    std::size_t first = 0;            // in the sums
    std::vector<std::uint32_t> last;  // the cuts of its sets besides the stem
    std::vector<float> weights;       // [class][last], in units of log 2
    std::vector<float> reach;         // [last]: the largest of these minus the smallest
  };

  void find_families(const Batch& batch);
  void read_weights(Family& family) const;
  void find_changes(const IntactPass& intact);
  // A sample as the intact network sees it, with the changes that cuts make to it.
  struct Sample {
    const float* changes;
    const float* scores;
    std::int32_t label;
    std::int32_t predicted;
    kernels::RowLoss loss;
  };
  void add_sample(const Sample& sample);
  void add_family(const Family& family, const Sample& sample, const kernels::RowLoss& loss);
  kernels::RowLoss take_stem(const Stem& stem, const Sample& sample);

  const SetsJob& job_;
  const Predictions& predictions_;
  std::uint32_t input_;  // of the product
  std::size_t cuts_;
  std::size_t classes_;
  NarrowPass narrow_;
  core::Buffer weights_;        // [cut][class]
  std::vector<float> in_log2_;  // the same in units of log 2
  std::vector<float> reach_;    // by cut: the largest of these minus the smallest
  core::Buffer changes_;        // [unit row][cut]
  std::size_t seen_ = 0;        // samples of the block
  Batch batch_{};
  std::vector<std::pair<Stem, Family>> families_;
  std::vector<std::size_t> places_;  // by set of the batch: in the sums
  std::vector<float> scores_;        // without the stem
  std::vector<float> last_changes_;
  ChangedTally tally_{0};
  ChangedTally stem_tally_{1};
};

}  // namespace secateur::engine
