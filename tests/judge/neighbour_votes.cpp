#include "votes.hpp"

#include <mohs/judge/neighbour_votes.hpp>

namespace {

using mohs::Index;
using votes::Scene;

template <class M>
mohs::NeighbourVotes found(const Scene& scene, Index k)
{
    return scene.self ? mohs::neighbour_votes(M{}, k, votes::batch(scene.rows))
                      : mohs::neighbour_votes(M{}, k, votes::batch(scene.rows), votes::batch(scene.reference));
}

template <class M>
void check_votes()
{
    for (const Scene& scene : votes::scenes()) {
        for (const Index k : {1, 2, 10, 100}) {
            CAPTURE(scene.name, k);
            const mohs::NeighbourVotes votes = found<M>(scene, k);
            REQUIRE(votes.rows() == scene.rows.size());
            for (Index row = 0; row < votes.rows(); ++row) {
                const auto expected = votes::of(reference::metric_of<M>, scene, row, k);
                const auto of = votes.of(row);
                REQUIRE(of.size() == expected.size());
                Index voters = 0;
                for (std::size_t place = 0; place < of.size(); ++place) {
                    REQUIRE(expected.count(of[place].label) == 1);
                    CHECK(of[place].votes == expected.at(of[place].label));
                    CHECK(votes.share(row, of[place].label) == votes::share(expected, of[place].label));
                    voters += of[place].votes;
                    if (place > 0) {
                        CHECK((of[place - 1].votes > of[place].votes ||
                               (of[place - 1].votes == of[place].votes && of[place - 1].label < of[place].label)));
                    }
                }
                CHECK(votes.voters(row) == voters);
                CHECK(votes.share(row, 987654) == 0);
            }
        }
    }
}

}  // namespace

TEST_CASE("the nearest rows of a reference vote with their labels", "[ieee]")
{
    check_votes<mohs::Cosine>();
    check_votes<mohs::Euclidean>();
    check_votes<mohs::DotProduct>();
}

namespace {

/// All votes, row by row.
std::vector<std::vector<mohs::LabelVotes>> listed(const mohs::NeighbourVotes& votes)
{
    std::vector<std::vector<mohs::LabelVotes>> result;
    for (Index row = 0; row < votes.rows(); ++row) {
        const auto of = votes.of(row);
        result.emplace_back(of.begin(), of.end());
    }
    return result;
}

template <class Scalar>
std::vector<std::vector<mohs::LabelVotes>> votes_as(const Scene& scene, const mohs::Options& options)
{
    using Rows = Eigen::Matrix<Scalar, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
    // Whole numbers and halves, which every type holds.
    const auto rounded = [](const reference::Data& data) {
        return Rows((8 * data.rows).array().round().matrix().template cast<Scalar>());
    };
    const Rows rows = rounded(scene.rows), voters = rounded(scene.voters());
    // Every second row and column of something larger.
    Rows wide = Rows::Zero(2 * rows.rows(), 2 * rows.cols());
    for (Index row = 0; row < rows.rows(); ++row) {
        for (Index column = 0; column < rows.cols(); ++column) {
            wide(2 * row, column) = rows(row, column);
        }
    }
    const Eigen::Map<const Rows, 0, Eigen::OuterStride<>> strided(wide.data(), rows.rows(), rows.cols(),
                                                                  Eigen::OuterStride<>(2 * wide.cols()));
    return listed(
        mohs::neighbour_votes(mohs::Euclidean{}, 5, mohs::Batch{strided, scene.rows.labels}.with_ids(scene.rows.ids),
                              mohs::Batch{voters, scene.voters().labels}.with_ids(scene.voters().ids), options));
}

}  // namespace

TEST_CASE("votes are the same for any number of threads, any type of rows and any stride")
{
    const Scene scene{"", votes::scenes()[1].rows, votes::scenes()[1].reference, false};
    REQUIRE(scene.rows.size() > 30);
    const auto expected = votes_as<double>(scene, {.threads = 1});
    CHECK(votes_as<float>(scene, {.threads = 1}) == expected);
    CHECK(votes_as<Eigen::half>(scene, {.threads = 1}) == expected);
    for (const int threads : {2, 5}) {
        CHECK(votes_as<double>(scene, {.threads = threads}) == expected);
    }
}

TEST_CASE("rows without a role neither vote nor are voted on")
{
    const Scene scene{"", votes::scenes()[1].rows, votes::scenes()[1].reference, false};
    std::vector<mohs::Role> of_rows(scene.rows.labels.size(), mohs::Role::any),
        of_voters(scene.reference.labels.size(), mohs::Role::any);
    Scene fewer = scene;
    for (std::size_t row = 0; row < of_rows.size(); row += 3) {
        of_rows[row] = mohs::Role::none;
    }
    for (std::size_t row = 0; row < of_voters.size(); row += 2) {
        of_voters[row] = mohs::Role::none;
        fewer.reference.labels[row] = votes::unknown;
    }
    const mohs::NeighbourVotes votes =
        mohs::neighbour_votes(mohs::Cosine{}, 4, votes::batch(scene.rows).with_roles(of_rows),
                              votes::batch(scene.reference).with_roles(of_voters));
    for (Index row = 0; row < votes.rows(); ++row) {
        const auto expected = votes::of(reference::metric_of<mohs::Cosine>, fewer, row, 4);
        CAPTURE(row);
        if (row % 3 == 0) {
            CHECK(votes.of(row).empty());
            continue;
        }
        REQUIRE(votes.of(row).size() == expected.size());
        for (const mohs::LabelVotes& each : votes.of(row)) {
            CHECK(expected.at(each.label) == each.votes);
        }
    }
}

TEST_CASE("votes need labels, and at least one neighbour")
{
    const mohs::Matrix rows = mohs::Matrix::Random(4, 3);
    const std::vector<int> labels{0, 0, 1, 1}, ids{0, 1, 2, 3};
    const mohs::Batch batch = mohs::Batch{rows, labels}.with_ids(ids);
    const mohs::Relation relation = mohs::Relation::paired(4);
    CHECK_THROWS_AS(mohs::neighbour_votes(mohs::Cosine{}, 0, batch), std::invalid_argument);
    CHECK_THROWS_AS(mohs::neighbour_votes(mohs::Cosine{}, 1, mohs::Batch{rows}), std::invalid_argument);
    CHECK_THROWS_AS(mohs::neighbour_votes(mohs::Cosine{}, 1, batch, mohs::Batch{rows}), std::invalid_argument);
    CHECK_THROWS_AS(mohs::neighbour_votes(mohs::Cosine{}, 1, batch.related_by(relation)), std::invalid_argument);
    CHECK(mohs::neighbour_votes(mohs::Cosine{}, 1, batch).voters(3) == 1);
}
