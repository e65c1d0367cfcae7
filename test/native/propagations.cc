#include "propagations.h"

namespace secateur::test {

using engine::BackwardRule;
using engine::Part;
using engine::Product;
using engine::Share;
using Type = engine::BackwardRule::Type;

Product product(Part input, engine::WeightPart weight, std::optional<engine::WeightPart> bias) {
  return {input, std::nullopt, weight, bias, false};
}

BackwardRule sharing(std::vector<Share> shares) {
  return {Type::shares, Part::whole, {}, std::move(shares)};
}

std::vector<BackwardRule> weighted_rules() {
  const engine::WeightPart whole, absolute{Part::absolute, {}}, positive{Part::positive, {}},
      negative{Part::negative, {}}, square{Part::square, {}}, one{Part::one, {}},
      more{Part::positive, 0.25}, less{Part::negative, 0.25};
  Product low = product(Part::whole, positive, {});
  low.minus = -1.5;
  low.negative = true;
  const Share plus{{product(Part::positive, positive, positive),
                    product(Part::negative, negative, std::nullopt)},
                   2,
                   {1e-3, true},
                   {}};
  const Share minus{{product(Part::positive, negative, negative),
                     product(Part::negative, positive, std::nullopt)},
                    -1,
                    {1e-3, true},
                    {}};
  return {{Type::gradient, {}, {}, {}},
          sharing({{{product(Part::absolute, absolute, std::nullopt)}, 1, {0, true}, {}}}),
          sharing({{{product(Part::whole, whole, whole)}, 1, {0.25, true}, {}}}),
          sharing({{{product(Part::whole, whole, std::nullopt)}, 1, {0.5, false}, {}}}),
          sharing({plus, minus}),
          sharing({{{product(Part::positive, more, more), product(Part::negative, less, {})},
                    1,
                    {1e-3, true},
                    engine::Outputs::positive},
                   {{product(Part::positive, less, less), product(Part::negative, more, {})},
                    1,
                    {1e-3, true},
                    engine::Outputs::negative}}),
          sharing({{{product(Part::one, square, std::nullopt)}, 1, {0, true}, {}}}),
          sharing({{{product(Part::one, one, std::nullopt)}, 1, {0, true}, {}}}),
          sharing({{{product(Part::square, absolute, one)}, 0.5, {0, true}, {}}}),
          sharing({{{low, product(Part::whole, whole, std::nullopt)}, 1, {0.125, true}, {}}}),
          sharing({})};
}

std::vector<BackwardRule> other_rules() {
  return {{Type::gradient, {}, {}, {}},
          {Type::pass, Part::absolute, {0, true}, {}},
          {Type::pass, Part::whole, {0.25, true}, {}},
          {Type::pass, Part::whole, {0.5, false}, {}}};
}

std::vector<BackwardRule> random_rules(Builder& b) {
  const auto weighted = weighted_rules();
  const auto others = other_rules();
  std::vector<BackwardRule> rules;
  for (const engine::LayerSpec& layer : b.layers) {
    const auto& table = layer.weights.empty() ? others : weighted;
    rules.push_back(table[b.random.below(table.size())]);
    if (layer.kind == "batchNorm" && b.random.below(4) == 0) rules.back() = others[1];
  }
  return rules;
}

std::vector<BackwardRule> all_gradient(const Builder& b) {
  return std::vector<BackwardRule>(b.layers.size());
}

}  // namespace secateur::test
