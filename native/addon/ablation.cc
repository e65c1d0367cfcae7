#include "ablation.h"

#include <utility>

namespace secateur::addon {

engine::Status AblationTask::work(const engine::Network& network, const engine::Options& options) {
  const Job job = std::move(job_);  // its lists are let go with the work
  if (const auto* sets = std::get_if<engine::SetsJob>(&job))
    return engine::ablate_sets(network, *sets, options, events());
  return engine::ablate(network, std::get<engine::AblationJob>(job), options, events());
}

}  // namespace secateur::addon
