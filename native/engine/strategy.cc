#include "strategy.h"

#include <algorithm>
#include <array>

#include "row_sweep.h"
#include "score_sweep.h"
#include "tile.h"

namespace secateur::engine {

namespace {

struct Row {
  bool (*fits)(const SweepTask& task);
  std::size_t (*bytes)(const SweepTask& task);
  std::unique_ptr<Strategy> (*make)(const SweepTask& task, Worker& worker);
};

template <class Kind>
constexpr Row row{&Kind::fits, &Kind::bytes,
                  [](const SweepTask& task, Worker& worker) -> std::unique_ptr<Strategy> {
                    return std::make_unique<Kind>(task, worker);
                  }};

// The fastest first; the last one takes every sweep.
constexpr std::array kStrategies{row<ScoreSweep>, row<RowSweep>, row<Tile>};

const Row& choose(const SweepTask& task) {
  return *std::ranges::find_if(kStrategies, [&](const Row& row) { return row.fits(task); });
}

}  // namespace

std::unique_ptr<Strategy> make_strategy(const SweepTask& task, Worker& worker) {
  return choose(task).make(task, worker);
}

std::size_t strategy_bytes(const SweepTask& task) { return choose(task).bytes(task); }

}  // namespace secateur::engine
