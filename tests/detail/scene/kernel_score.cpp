#include <mohs/detail/scene/kernel_score.hpp>

#include "../../catch.hpp"
#include "../../reference.hpp"

#include <tuple>

using mohs::Index;

namespace {

using Metrics = std::tuple<mohs::Cosine, mohs::DotProduct, mohs::Euclidean, mohs::SquaredEuclidean,
                           mohs::Normalised<mohs::Euclidean>, mohs::Normalised<mohs::SquaredEuclidean>>;

/// The score that the kernel would compute of two packed rows, in double.
double packed_score(const mohs::detail::Scene<float>& scene, Index anchor, Index candidate)
{
    const auto element = [&](const mohs::detail::PackedSide<float>& side, Index position, Index k) {
        const Index panel = position / scene.width;
        return static_cast<double>(side.panels[(panel * scene.depth + k) * scene.width + position % scene.width]);
    };
    double sum = scene.candidates.bias == nullptr ? 0 : static_cast<double>(scene.candidates.bias[candidate]);
    for (Index k = 0; k < scene.depth; ++k) {
        sum += element(scene.anchors, anchor, k) * element(scene.candidates, candidate, k);
    }
    return sum;
}

}  // namespace

TEMPLATE_LIST_TEST_CASE("the score of a value is the kernel's score within the bound on its error", "", Metrics)
{
    reference::Data queries = reference::gaussian(30, 5, 1), gallery = reference::gaussian(50, 5, 2);
    queries.rows *= 8;
    gallery.rows *= 8;
    gallery.rows.row(3).setZero();
    const reference::Owned<float> one(queries), other(gallery);
    mohs::Workspace workspace;
    const auto scene = mohs::detail::build_scene<TestType, float>(one.batch(), other.batch(), false,
                                                                  mohs::detail::PackOrder::by_class, {}, workspace);
    const double error = mohs::detail::score_error<TestType>(scene);
    double largest = 0;
    for (Index a = 0; a < 30; ++a) {
        for (Index c = 0; c < 50; ++c) {
            const double value = reference::value<TestType>(queries.rows, scene.anchors.row_of(a), gallery.rows,
                                                            scene.candidates.row_of(c)),
                         score = mohs::detail::score_of_value<TestType>(scene.anchors, a, scene.candidates, value);
            largest = std::max(largest, std::abs(score - packed_score(scene, a, c)));
        }
    }
    CHECK(largest <= error);
    // A bound that is never near what happens would be no use.
    CHECK(error < 1e-4);
}

TEST_CASE("scores far out are kept in range")
{
    CHECK(mohs::detail::clamp_score<float>(1e300) == 0x1p126F);
    CHECK(mohs::detail::clamp_score<float>(-1e300) == -0x1p126F);
    CHECK(mohs::detail::clamp_score<double>(0.25) == 0.25);
}
