#include "model.hpp"

#include "random.hpp"

#include <mohs/loss/info_nce.hpp>
#include <mohs/loss/triplet.hpp>

namespace recommendation {

namespace {

mohs::Matrix draw(Index rows, const ModelOptions& options, float last, Random& random)
{
    mohs::Matrix result(rows, options.dimension + 1);
    for (Index row = 0; row < rows; ++row) {
        for (Index column = 0; column < options.dimension; ++column) {
            result(row, column) = static_cast<float>(options.deviation * random.normal());
        }
        result(row, options.dimension) = last;
    }
    return result;
}

}  // namespace

Model::Model(Index users, Index items, const ModelOptions& options, std::uint64_t seed) : options_(options)
{
    Random random(seed, Purpose::weights);
    users_ = draw(users, options, 1, random);
    items_ = draw(items, options, 0, random);
    user_squares_.setZero(users, options.dimension + 1);
    item_squares_.setZero(items, options.dimension + 1);
}

double Model::train(std::span<const Example> examples)
{
    // Rows as often as they are named: a negative that comes with a correction has another one in every example.
    std::vector<Index> items;
    mohs::Triplets<mohs::DotProduct> triplets;
    mohs::Matrix anchors(static_cast<Index>(examples.size()), users_.cols());
    for (std::size_t i = 0; i < examples.size(); ++i) {
        const auto anchor = static_cast<Index>(i), positive = static_cast<Index>(items.size());
        anchors.row(anchor) = users_.row(examples[i].user);
        items.push_back(examples[i].positive);
        for (const Index negative : examples[i].negatives) {
            triplets.add({anchor, positive, static_cast<Index>(items.size())}, 0, 0);
            items.push_back(negative);
        }
    }
    mohs::Matrix candidates(static_cast<Index>(items.size()), items_.cols());
    Index at = 0;
    for (const Example& each : examples) {
        candidates.row(at++) = items_.row(each.positive);
        for (std::size_t i = 0; i < each.negatives.size(); ++i, ++at) {
            candidates.row(at) = items_.row(each.negatives[i]);
            // The column of users is 1.
            candidates(at, options_.dimension) -=
                each.corrections.empty() ? 0.0F : static_cast<float>(each.corrections[i]);
        }
    }
    const mohs::Batch<float> queries(anchors), gallery(candidates);
    const mohs::LossResult<float> result =
        options_.loss == LossKind::softmax
            ? mohs::InfoNCE{mohs::DotProduct{}, {.temperature = 1, .reduction = mohs::Reduction::sum}}(queries, gallery,
                                                                                                       triplets)
            : mohs::TripletLoss{mohs::DotProduct{},
                                {.margin = 0,
                                 .reduction = mohs::Reduction::sum,
                                 .shape = mohs::TripletShape::softplus}}(queries, gallery, triplets);
    for (std::size_t i = 0; i < examples.size(); ++i) {
        update(users_, user_squares_, examples[i].user, result.gradient, static_cast<Index>(i));
        users_(examples[i].user, options_.dimension) = 1;
    }
    for (std::size_t i = 0; i < items.size(); ++i) {
        update(items_, item_squares_, items[i], result.candidate_gradient, static_cast<Index>(i));
    }
    return result.value / static_cast<double>(std::max<std::size_t>(examples.size(), 1));
}

void Model::update(mohs::Matrix& rows, mohs::Matrix& squares, Index row, const mohs::Matrix& gradient, Index at) const
{
    constexpr float least = 1e-6F;
    const auto l2 = static_cast<float>(options_.l2), rate = static_cast<float>(options_.learning_rate);
    const auto step = (gradient.row(at) + l2 * rows.row(row)).eval();
    squares.row(row).array() += step.array().square();
    rows.row(row).array() -= rate * step.array() / (squares.row(row).array() + least).sqrt();
}

}  // namespace recommendation
