#include "engine.h"

#include "isa.h"

namespace secateur::engine {

namespace {
Status unfinished() { return {Status::Code::invalid, "the native engine is being written"}; }
}  // namespace

Status Network::pack(std::span<const LayerSpec>, std::shared_ptr<const Network>&) {
  return unfinished();
}
Status forward(const Network&, const Samples&, std::uint32_t, std::span<float>, const Options&) {
  return unfinished();
}
Status evaluate(const Network&, const Samples&, const Targets&, const Head&, const Options&,
                Measured&, std::vector<ClassMeasured>&) {
  return unfinished();
}
Status channel_means(const Network&, const Samples&, std::span<const std::uint32_t>, const Options&,
                     std::vector<std::vector<double>>&) {
  return unfinished();
}
Status ablate(const Network&, const AblationJob&, const Options&, Sink&) { return unfinished(); }

std::string instruction_set() { return std::string(simd::name(simd::chosen().isa)); }
std::vector<std::string> supported_instruction_sets() {
  std::vector<std::string> names;
  for (const simd::Isa isa : simd::kAllIsas) {
    if (simd::supported(isa)) names.emplace_back(simd::name(isa));
  }
  return names;
}

}  // namespace secateur::engine
