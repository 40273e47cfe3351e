// A bank as a gallery of whatever takes one.

#include "../catch.hpp"
#include "bank_model.hpp"

#include <mohs/evaluation/retrieval.hpp>
#include <mohs/evaluation/verification.hpp>
#include <mohs/loss/contrastive.hpp>
#include <mohs/loss/info_nce.hpp>
#include <mohs/loss/lifted_structure.hpp>
#include <mohs/loss/multi_similarity.hpp>
#include <mohs/loss/sigmoid.hpp>
#include <mohs/loss/triplet.hpp>
#include <mohs/mining/nearest_neighbours.hpp>
#include <mohs/mining/negative/semi_hard_negative.hpp>
#include <mohs/mining/pair/all_pairs.hpp>
#include <mohs/mining/pair_miner.hpp>
#include <mohs/mining/positive/easiest_positive.hpp>
#include <mohs/mining/triplet_enumerator.hpp>
#include <mohs/mining/triplet_miner.hpp>

#include <map>
#include <set>
#include <string>
#include <vector>

namespace {

using bank_model::Model;
using bank_model::Rows;
using mohs::CrossBatchBank;
using mohs::Index;
using mohs::SameSample;
using Ids = std::vector<std::int64_t>;

const mohs::TripletMiner miner{mohs::Cosine{}, mohs::EasiestPositive{}, mohs::SemiHardNegative{.margin = 0.5}};
const mohs::TripletEnumerator enumerate{mohs::Cosine{}, {.kind = mohs::TripletKind::semi_hard, .margin = 0.5}};
const mohs::PairMiner all_pairs{mohs::Euclidean{}, mohs::AllPairs{}};
const mohs::NearestNeighbours nearest{mohs::Cosine{}, {.k = 4}};
const mohs::TripletLoss triplet_loss{mohs::Cosine{}, {.margin = 0.5}};
const mohs::ContrastiveLoss contrastive{mohs::Euclidean{}, {.negative_margin = 1.5}};
const mohs::RetrievalMetrics retrieval{mohs::Cosine{}, {.k = {1, 5}}};
const mohs::VerificationMetrics verification{mohs::Cosine{}, {}};

std::map<std::string, double> entries_of(const auto& result)
{
    std::map<std::string, double> entries;
    result.for_each([&](const char* name, double value) { entries[name] = value; });
    return entries;
}

/// Anchor, positive and negative of all triplets, or anchor and candidate of pairs.
using Rowsets = std::set<std::vector<Index>>;

template <class M>
Rowsets rows_of(const mohs::Triplets<M>& triplets)
{
    Rowsets result;
    for (const mohs::Triplet& triplet : triplets) {
        result.insert({triplet.anchor, triplet.positive, triplet.negative});
    }
    return result;
}

/// Ordered, or with the smaller row first.
Rowsets rows_of(const auto& pairs, bool ordered)
{
    Rowsets result;
    for (Index i = 0; i < pairs.size(); ++i) {
        const Index a = pairs[i].anchor, b = pairs[i].candidate;
        result.insert(ordered || a < b ? std::vector<Index>{a, b} : std::vector<Index>{b, a});
    }
    return result;
}

/// Calls `check(name, loss)` for every loss that takes all pairs of two batches.
template <class Check>
void for_each_loss(const Check& check)
{
    check("InfoNCE", mohs::InfoNCE{mohs::Cosine{}, {.temperature = 0.5}});
    check("MultiSimilarityLoss", mohs::MultiSimilarityLoss{mohs::Cosine{}, {.beta = 10}});
    check("SigmoidLoss", mohs::SigmoidLoss{mohs::Cosine{}});
    check("LiftedStructureLoss", mohs::LiftedStructureLoss{mohs::Euclidean{}});
    check("ContrastiveLoss", contrastive);
}

void check_same(const auto& loss, const auto& other)
{
    CHECK(loss.value > 0);
    CHECK(loss.value == other.value);
    CHECK(loss.gradient == other.gradient);
    CHECK(loss.candidate_gradient == other.candidate_gradient);
}

/// The loss of a batch against a copy of itself, against that of the batch alone, which is `share` of it.
void check_as_alone(const auto& loss, const auto& alone, double share = 1)
{
    CHECK(alone.value > 0);
    CHECK(share * loss.value == Approx(alone.value).epsilon(1e-5));
    const auto gradient = (static_cast<float>(share) * (loss.gradient + loss.candidate_gradient)).eval();
    CHECK((gradient - alone.gradient).cwiseAbs().maxCoeff() < 1e-5F * (1 + alone.gradient.cwiseAbs().maxCoeff()));
}

}

TEST_CASE("a bank is a gallery like a matrix of its rows", "[ieee]")
{
    bank_model::Random random(5);
    CrossBatchBank bank{bank_model::dimension, {.capacity = 30, .oldest = 5}};
    Model model(bank.options());
    for (std::uint64_t step = 0; step < 10; ++step) {
        const Rows rows = random.rows();
        bank.enqueue(rows.batch(), step);
        model.enqueue(rows, step);
    }
    const Rows queries = random.rows(12), made = model.rows();
    const mohs::Batch anchors = queries.batch(), gallery = bank.batch(9), other = made.batch();
    REQUIRE(gallery.rows() > 10);

    const auto found = nearest(anchors, gallery), found_other = nearest(anchors, other);
    CHECK(found.indices() == found_other.indices());
    const mohs::Triplets mined = miner(anchors, gallery), mined_other = miner(anchors, other);
    CHECK(mined.size() > 0);
    CHECK(mined.negatives() == mined_other.negatives());
    CHECK(mined.positives() == mined_other.positives());
    const mohs::Triplets all = enumerate(anchors, gallery);
    CHECK(all.size() > 0);
    CHECK(rows_of(all) == rows_of(enumerate(anchors, other)));
    CHECK(enumerate.count(anchors, gallery) == all.size());
    const mohs::Pairs pairs = all_pairs(anchors, gallery), pairs_other = all_pairs(anchors, other);
    CHECK(pairs.positives.size() > 0);
    CHECK(rows_of(pairs.positives, true) == rows_of(pairs_other.positives, true));
    CHECK(rows_of(pairs.negatives, true) == rows_of(pairs_other.negatives, true));
    CHECK(entries_of(retrieval(anchors, gallery)) == entries_of(retrieval(anchors, other)));
    CHECK(entries_of(verification(anchors, gallery)) == entries_of(verification(anchors, other)));

    check_same(triplet_loss(anchors, gallery, mined), triplet_loss(anchors, other, mined_other));
    check_same(contrastive(anchors, gallery, pairs), contrastive(anchors, other, pairs_other));
    for_each_loss([&](const char* name, const auto& loss) {
        CAPTURE(name);
        check_same(loss(anchors, gallery), loss(anchors, other));
    });
}

TEST_CASE("a batch that was put in before is taken as in itself")
{
    bank_model::Random random(6);
    const Rows rows = random.rows(24);
    // Without ids, a row is the same sample as itself alone; so ids that are all different.
    Ids different(24);
    for (std::size_t row = 0; row < different.size(); ++row) {
        different[row] = static_cast<std::int64_t>(row) - 5;
    }
    const mohs::Batch plain(rows.elements, rows.labels), batch = plain.with_ids(different);
    CrossBatchBank own{bank_model::dimension, {.capacity = 24}};
    own.enqueue(batch, 0);
    const mohs::Batch gallery = own.batch();

    const mohs::Triplets alone = miner(plain), mined = miner(batch, gallery);
    REQUIRE(alone.size() > 5);
    CHECK(alone.anchors() == mined.anchors());
    CHECK(alone.positives() == mined.positives());
    CHECK(alone.negatives() == mined.negatives());
    const auto found = nearest(batch, gallery), found_alone = nearest(plain);
    CHECK(found.indices() == found_alone.indices());
    CHECK(rows_of(enumerate(plain)) == rows_of(enumerate(batch, gallery)));
    const mohs::Pairs pairs = all_pairs(batch, gallery), pairs_alone = all_pairs(plain);
    CHECK(rows_of(pairs.positives, false) == rows_of(pairs_alone.positives, false));
    CHECK(rows_of(pairs.negatives, false) == rows_of(pairs_alone.negatives, false));
    CHECK(retrieval(plain).overall.map_at_r == retrieval(batch, gallery).overall.map_at_r);
    CHECK(verification(plain).eer == verification(batch, gallery).eer);
    CHECK(verification(plain).auc == verification(batch, gallery).auc);

    check_as_alone(triplet_loss(batch, gallery, mined), triplet_loss(plain, alone));
    for_each_loss([&](const char* name, const auto& loss) {
        CAPTURE(name);
        check_as_alone(loss(batch, gallery), loss(plain));
    });
}

TEST_CASE("rows of an anchor's sample from steps before are neither positive nor negative")
{
    bank_model::Random random(6);
    const Rows rows = random.rows(24);
    CrossBatchBank bank{bank_model::dimension, {.capacity = 48, .same_sample = SameSample::keep}};
    for (std::uint64_t step = 0; step < 2; ++step) {
        Rows older = random.rows(24);
        older.ids = rows.ids;
        older.labels = rows.labels;
        bank.enqueue(older.batch(), step);
    }
    const mohs::Batch batch = rows.batch(), gallery = bank.batch();
    const auto is_own = [&](Index anchor, Index row) {
        return gallery.id(row) == rows.ids[static_cast<std::size_t>(anchor)];
    };
    const auto found = nearest(batch, gallery);
    for (Index row = 0; row < 24; ++row) {
        for (Index rank = 0; rank < found.count(row); ++rank) {
            CHECK(!is_own(row, found.index(row, rank)));
        }
    }
    for (const std::vector<Index>& triplet : rows_of(enumerate(batch, gallery))) {
        CHECK(!is_own(triplet[0], triplet[1]));
        CHECK(!is_own(triplet[0], triplet[2]));
    }
    const mohs::Pairs pairs = all_pairs(batch, gallery);
    for (Index i = 0; i < pairs.positives.size(); ++i) {
        CHECK(!is_own(pairs.positives[i].anchor, pairs.positives[i].candidate));
    }
    // Losses: the same with a relation in which these are neither, and no ids.
    const mohs::Relation relation = mohs::Relation::of_pairs(24, gallery.rows(), [&](Index anchor, Index row) {
        return is_own(anchor, row)                         ? mohs::Related::neither
               : gallery.label(row) == batch.label(anchor) ? mohs::Related::positive
                                                           : mohs::Related::negative;
    });
    mohs::Matrix elements(gallery.rows(), bank.dimension());
    for (Index row = 0; row < elements.rows(); ++row) {
        for (Index k = 0; k < elements.cols(); ++k) {
            elements(row, k) = gallery.at(row, k);
        }
    }
    const mohs::Batch without = mohs::Batch(rows.elements).related_by(relation), constants(elements);
    for_each_loss([&](const char* name, const auto& loss) {
        CAPTURE(name);
        const auto one = loss(batch, gallery), other = loss(without, constants);
        CHECK(one.value == Approx(other.value).epsilon(1e-6));
        CHECK((one.gradient - other.gradient).cwiseAbs().maxCoeff() < 1e-6F);
        CHECK((one.candidate_gradient - other.candidate_gradient).cwiseAbs().maxCoeff() < 1e-6F);
    });
}
