// Covers detail/base/borrowed.hpp, detail/base/check.hpp, detail/scene/check_batches.hpp, threshold.hpp.

#include "catch.hpp"
#include "reference.hpp"

#include <mohs/mohs.hpp>

#include <cstdlib>
#include <functional>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <vector>

namespace {

using mohs::Index;
using mohs::Options;

const double not_a_number = std::bit_cast<double>(0x7ff8000000000000U),
             infinity = std::bit_cast<double>(0x7ff0000000000000U);

/// What a call says when it throws an `Error`, and nothing more general or more special; empty if it does not.
template <class Error>
std::string message_of(const std::function<void()>& call)
{
    try {
        call();
    } catch (const std::exception& error) {
        return typeid(error) == typeid(Error) ? error.what() : "";
    }
    return {};
}

std::string invalid(const std::function<void()>& call)
{
    return message_of<std::invalid_argument>(call);
}

std::string out_of_range(const std::function<void()>& call)
{
    return message_of<std::out_of_range>(call);
}

/// Every part occurs in the message.
bool says(const std::string& message, const std::vector<std::string>& parts)
{
    return std::all_of(parts.begin(), parts.end(),
                       [&](const std::string& part) { return message.find(part) != std::string::npos; });
}

using Hardest = mohs::TripletMiner<mohs::Cosine, mohs::HardestPositive, mohs::HardestNegative>;
using Random = mohs::TripletMiner<mohs::Cosine, mohs::RandomPositive, mohs::RandomNegative>;

/// Rows of every make that the tests put together in wrong ways.
struct Rows {
    mohs::Matrix rows = reference::gaussian(6, 3).as<float>(), others = reference::gaussian(4, 3).as<float>(),
                 wide = reference::gaussian(4, 5).as<float>();
    std::vector<int> labels{0, 0, 1, 1, 2, 2}, other_labels{0, 1, 2, 3}, ids{1, 2, 3, 4, 5, 6}, other_ids{7, 8, 9, 10};
};

using Call =
    std::function<void(const mohs::Batch<float>& queries, const mohs::Batch<float>& gallery, const Options& options)>;

/// Calls with what a scan refuses; `call(queries, gallery, options)` for each, `self(batch, options)` for options that
/// make no sense.
void check_refused_pairs(const Call& call)
{
    const Rows some;
    const mohs::Batch queries(some.rows, some.labels), gallery(some.others, some.other_labels),
        wide(some.wide, some.other_labels);
    CHECK(
        says(invalid([&] { call(queries, wide, Options{}); }), {"mohs::", "queries have 3 columns", "gallery has 5"}));
    CHECK(says(invalid([&] { call(queries.with_ids(some.ids), gallery, Options{}); }),
               {"mohs::", "ids", "queries only", "both or neither"}));
    CHECK(says(invalid([&] { call(queries, gallery.with_ids(some.other_ids), Options{}); }),
               {"mohs::", "ids", "gallery only", "both or neither"}));
    CHECK(says(invalid([&] { call(queries, gallery, Options{.threads = -1}); }),
               {"mohs::Options", "threads is -1,", "at least 0"}));
    CHECK(says(invalid([&] { call(queries, gallery, Options{.isa = static_cast<mohs::IsaLevel>(99)}); }),
               {"mohs::Options", "isa"}));
}

void check_refused_labels(const Call& call)
{
    const Rows some;
    const mohs::Batch queries(some.rows, some.labels), gallery(some.others, some.other_labels), bare_queries(some.rows),
        bare_gallery(some.others);
    CHECK(says(invalid([&] { call(queries, bare_gallery, Options{}); }), {"mohs::", "labels"}));
    CHECK(says(invalid([&] { call(bare_queries, gallery, Options{}); }), {"mohs::", "labels"}));
}

/// Selects nothing, and remembers whether it was asked to.
struct Silent {
    static constexpr mohs::Among among = mohs::Among::everyone;
    static constexpr bool smallest_first = false;
    bool started = false;
    void start(Index, mohs::Workspace&) { started = true; }
    float accept(mohs::Anchor, mohs::Candidate, float score, float) { return score; }
};

mohs::Triplets<mohs::Cosine> one_triplet()
{
    mohs::Triplets<mohs::Cosine> triplets;
    triplets.add({1, 2, 3}, 4, 5);
    triplets.report.anchors = 77;
    return triplets;
}

}

TEST_CASE("a batch refuses what does not fit together")
{
    const mohs::Matrix rows(96, 2);
    const std::vector<int> labels(95), ids(97), enough(96);
    CHECK(invalid([&] { mohs::Batch(rows, labels); }) == "mohs::Batch: 96 rows but 95 labels");
    CHECK(invalid([&] { (void)mohs::Batch(rows, enough).with_ids(ids); }) == "mohs::Batch: 96 rows but 97 ids");
    const mohs::Matrix flat(3, 0), flat_and_empty(0, 0);
    CHECK(says(invalid([&] { mohs::Batch{flat}; }), {"mohs::Batch", "0 columns", "at least 1"}));
    CHECK(says(invalid([&] { mohs::Batch{flat_and_empty}; }), {"mohs::Batch", "0 columns", "at least 1"}));
    const Eigen::VectorXi numbers = Eigen::VectorXi::Zero(192);
    const Eigen::Map<const Eigen::VectorXi, 0, Eigen::InnerStride<2>> every_second(numbers.data(), 96);
    CHECK(says(invalid([&] { mohs::Batch(rows, every_second); }),
               {"mohs::Batch", "labels", "contiguous", "stride is 2"}));
    CHECK(says(invalid([&] { (void)mohs::Batch(rows, enough).with_ids(every_second); }),
               {"mohs::Batch", "ids", "contiguous", "stride is 2"}));
}

TEMPLATE_TEST_CASE("a triplet miner refuses batches that cannot be compared and leaves its output alone", "", Hardest,
                   Random)
{
    const TestType miner{{}, {}, {}};
    const auto into_output = [&](const mohs::Batch<float>& queries, const mohs::Batch<float>& gallery,
                                 const Options& options) {
        mohs::Workspace workspace;
        mohs::Triplets<mohs::Cosine> triplets = one_triplet();
        try {
            miner(queries, gallery, workspace, triplets, options);
        } catch (...) {
            CHECK(triplets.size() == 1);
            CHECK(triplets.report.anchors == 77);
            CHECK(workspace.capacity() == 0);
            throw;
        }
    };
    check_refused_pairs(into_output);
    check_refused_labels(into_output);
    const auto returned = [&](const mohs::Batch<float>& queries, const mohs::Batch<float>& gallery,
                              const Options& options) { (void)miner(queries, gallery, options); };
    check_refused_pairs(returned);
    check_refused_labels(returned);
}

TEMPLATE_TEST_CASE("a triplet miner refuses a batch without labels and senseless options", "", Hardest, Random)
{
    const Rows some;
    const TestType miner{{}, {}, {}};
    CHECK(says(invalid([&] { (void)miner(mohs::Batch(some.rows)); }), {"mohs::TripletMiner", "labels"}));
    CHECK(says(invalid([&] { (void)miner(mohs::Batch(some.rows), mohs::Batch(some.others)); }),
               {"mohs::TripletMiner", "labels"}));
    const mohs::Batch batch(some.rows, some.labels);
    CHECK(
        says(invalid([&] { (void)miner(batch, {.threads = -4}); }), {"mohs::Options", "threads is -4,", "at least 0"}));
    CHECK(
        says(invalid([&] { (void)miner(batch, {.isa = static_cast<mohs::IsaLevel>(99)}); }), {"mohs::Options", "isa"}));
    const mohs::Matrix none(0, 3);
    const std::vector<int> no_labels;
    CHECK(says(invalid([&] { (void)miner(mohs::Batch(none, no_labels), {.threads = -4}); }),
               {"mohs::Options", "threads is -4,"}));
}

namespace {

/// What `call(queries, gallery)` says where labels or a relation are missing or on the wrong side, under the name
/// `where`. Labels on one side are refused by the scan where it is asked first.
template <class Verb>
void check_sides(const std::string& where, const Verb& call)
{
    const Rows some;
    const std::vector<Index> offsets{0, 1, 2, 3, 4, 5, 6}, positives{0, 1, 2, 3, 0, 1};
    const mohs::Relation relation = mohs::Relation::positive_lists(offsets, positives, 4),
                         turned = mohs::Relation::paired(4, 1), wide = mohs::Relation::paired(6),
                         flat = mohs::Relation::paired(4);
    const mohs::Batch queries(some.rows), gallery(some.others), labelled(some.rows, some.labels),
        labelled_gallery(some.others, some.other_labels);
    const auto message = [&](const mohs::Batch<float>& q, const mohs::Batch<float>& g) {
        return invalid([&] { call(q, g); });
    };
    const std::string misplaced = ": the relation is given for the gallery, but belongs to the queries";
    for (const mohs::Batch<float>& q : {queries, labelled}) {
        for (const mohs::Batch<float>& g : {gallery, labelled_gallery}) {
            CHECK(message(q, g.related_by(turned)) == "mohs::" + where + misplaced);
            CHECK(message(q.related_by(relation), g.related_by(turned)) == "mohs::" + where + misplaced);
        }
    }
    CHECK(message(labelled, gallery) ==
          "mohs::" + where + ": the gallery has no labels, but needs them as the queries do, or these a relation");
    CHECK(message(queries, labelled_gallery) ==
          "mohs::" + where + ": the queries have no labels, but need them as the gallery does, or a relation");
    CHECK(message(queries, gallery) ==
          "mohs::" + where +
              ": neither queries nor gallery have labels, but both need them, or the queries a relation");
    CHECK(message(queries.related_by(flat), gallery) ==
          "mohs::Relation: the queries: 6 rows but 4 anchors in the relation");
    CHECK(message(queries.related_by(wide), gallery) ==
          "mohs::Relation: the gallery: 4 rows but 6 candidates in the relation");
    CHECK(message(queries.related_by(relation), gallery) == "");
}

/// The same for one batch.
template <class Verb>
void check_no_side(const std::string& where, const Verb& call)
{
    const Rows some;
    const mohs::Relation other = mohs::Relation::paired(4);
    CHECK(invalid([&] { call(mohs::Batch(some.rows)); }) ==
          "mohs::" + where + ": the batch has no labels, but needs them, or a relation");
    CHECK(invalid([&] { call(mohs::Batch(some.rows).related_by(other)); }) ==
          "mohs::Relation: the batch: 6 rows but 4 anchors in the relation");
}

}

TEST_CASE("messages name the side that labels or a relation are missing on")
{
    const auto check = [](const std::string& where, const auto& verb) {
        INFO(where);
        check_sides(where, [&](const auto& queries, const auto& gallery) { (void)verb(queries, gallery); });
        check_no_side(where, [&](const auto& batch) { (void)verb(batch); });
    };
    check("TripletMiner", mohs::TripletMiner{mohs::Cosine{}, mohs::HardestPositive{}, mohs::HardestNegative{}});
    check("PairMiner", mohs::PairMiner{mohs::Cosine{}, mohs::AllPairs{}});
    check("TripletEnumerator", mohs::TripletEnumerator{mohs::Cosine{}});
    check("RetrievalMetrics", mohs::RetrievalMetrics{mohs::Cosine{}});
    check("VerificationMetrics", mohs::VerificationMetrics{mohs::Cosine{}});
    check("ContrastiveLoss", mohs::ContrastiveLoss{mohs::Cosine{}});
    check("InfoNCE", mohs::InfoNCE{mohs::Cosine{}});
}

TEST_CASE("neighbours name the side that a relation or labels are missing on")
{
    const Rows some;
    const mohs::Relation turned = mohs::Relation::paired(4, 1);
    const mohs::Batch queries(some.rows), gallery(some.others), labelled(some.rows, some.labels);
    const mohs::NearestNeighbours nearest{mohs::Cosine{}};
    CHECK(invalid([&] { (void)nearest(queries, gallery.related_by(turned)); }) ==
          "mohs::NearestNeighbours: the relation is given for the gallery, but belongs to the queries");
    CHECK(invalid([&] { (void)nearest(labelled, gallery.related_by(turned)); }) ==
          "mohs::NearestNeighbours: the relation is given for the gallery, but belongs to the queries");
    CHECK(invalid([&] { (void)nearest(labelled, gallery); }) ==
          "mohs::NearestNeighbours: labels are given for the queries only, but are needed for both or neither");
}

TEST_CASE("an executor that leaves lanes out is refused by whatever takes options")
{
    const mohs::Matrix rows = reference::gaussian(600, 3).as<float>();
    const std::vector<int> labels(600, 0);
    const mohs::Batch batch(rows, labels);
    const Options lazy{.threads = 4, .executor = [](Index, const std::function<void(Index)>&) {}};
    const std::vector<std::string> parts{"mohs::Options: the executor ran 0 of ", "has to run all of them"};
    const auto check = [&](const auto& verb) { CHECK(says(invalid([&] { (void)verb(batch, lazy); }), parts)); };
    check(Hardest{{}, {}, {}});
    check(Random{{}, {}, {}});
    check(mohs::PairMiner{mohs::Cosine{}, mohs::AllPairs{}});
    check(mohs::NearestNeighbours{mohs::Cosine{}});
    check(mohs::RetrievalMetrics{mohs::Cosine{}});
    check(mohs::VerificationMetrics{mohs::Cosine{}});
    check(mohs::ContrastiveLoss{mohs::Cosine{}});
    check(mohs::InfoNCE{mohs::Cosine{}});
}

TEST_CASE("neighbours are ten by default")
{
    const Rows some;
    CHECK(mohs::NearestNeighbours{mohs::Cosine{}}(mohs::Batch(some.rows)).k() == 10);
}

TEST_CASE("neighbours refuse a k below 1")
{
    for (const Index k : {Index{0}, Index{-3}}) {
        const std::string message = invalid([&] { mohs::NearestNeighbours(mohs::Cosine{}, {.k = k}); });
        CHECK(says(message, {"mohs::NearestNeighbours", "k is " + std::to_string(k) + ",", "at least 1"}));
    }
}

TEST_CASE("neighbours refuse batches that cannot be compared and leave their output alone")
{
    const mohs::NearestNeighbours neighbours{mohs::Cosine{}, {.k = 2}};
    const auto into_output = [&](const mohs::Batch<float>& queries, const mohs::Batch<float>& gallery,
                                 const Options& options) {
        mohs::Workspace workspace;
        mohs::Neighbours<mohs::Cosine> table;
        table.reset(1, 1);
        table.add(0, 5, 0.5);
        table.report.anchors = 77;
        try {
            neighbours(queries, gallery, workspace, table, options);
        } catch (...) {
            CHECK(table.rows() == 1);
            CHECK(table.index(0, 0) == 5);
            CHECK(table.report.anchors == 77);
            CHECK(workspace.capacity() == 0);
            throw;
        }
    };
    check_refused_pairs(into_output);
    check_refused_labels(into_output);
    const auto returned = [&](const mohs::Batch<float>& queries, const mohs::Batch<float>& gallery,
                              const Options& options) { (void)neighbours(queries, gallery, options); };
    check_refused_pairs(returned);
    check_refused_labels(returned);
    const Rows some;
    CHECK(says(invalid([&] { (void)neighbours(mohs::Batch(some.rows), {.threads = -2}); }),
               {"mohs::Options", "threads is -2,", "at least 0"}));
}

TEST_CASE("a scan refuses batches that cannot be compared before its visitor hears of them")
{
    Silent visitor;
    const auto call = [&](const mohs::Batch<float>& queries, const mohs::Batch<float>& gallery,
                          const Options& options) { mohs::scan(queries, gallery, mohs::Cosine{}, visitor, options); };
    check_refused_pairs(call);
    check_refused_labels(call);
    const Rows some;
    CHECK(says(invalid([&] { mohs::scan(mohs::Batch(some.rows), mohs::Cosine{}, visitor, {.threads = -2}); }),
               {"mohs::Options", "threads is -2,"}));
    CHECK(!visitor.started);
}

TEST_CASE("nothing that goes by labels takes the rows of the queries for a gallery unless sample ids tell them apart")
{
    const mohs::Matrix rows = reference::gaussian(8, 3).as<float>(), copy = rows;
    const Eigen::MatrixXf columns = rows;
    const std::vector<int> labels{0, 0, 1, 1, 2, 2, 3, 3}, ids{1, 2, 3, 4, 5, 6, 7, 8}, first(5, 0),
        labels_of_four{0, 0, 1, 1};
    const mohs::Batch<float> batch(rows, labels), by_column(columns, labels);
    const mohs::Batch<float> head(rows.topRows(5), first), tail(rows.bottomRows(5), first);
    const mohs::Batch<float> head_by_column(columns.topRows(5), first), tail_by_column(columns.bottomRows(5), first);
    const mohs::Relation relation = mohs::Relation::label_sets(std::vector<std::vector<int>>(8, std::vector<int>{1}));

    using Both = std::function<void(const mohs::Batch<float>&, const mohs::Batch<float>&)>;
    const mohs::Cosine cosine;
    Silent visitor;
    std::vector<std::pair<const char*, Both>> calls{
        {"TripletMiner",
         [](auto& a, auto& b) {
             (void)Hardest{{}, {}, {}}(a, b);
         }},
        {"TripletMiner at random",
         [](auto& a, auto& b) {
             (void)Random{{}, {}, {}}(a, b);
         }},
        {"PairMiner",
         [&](auto& a, auto& b) {
             (void)mohs::PairMiner{cosine, mohs::MultiSimilarity{}}(a, b);
         }},
        {"TripletEnumerator", [&](auto& a, auto& b) { (void)mohs::TripletEnumerator{cosine}(a, b); }},
        {"count", [&](auto& a, auto& b) { (void)mohs::TripletEnumerator{cosine}.count(a, b); }},
        {"RetrievalMetrics", [&](auto& a, auto& b) { (void)mohs::RetrievalMetrics{cosine}(a, b); }},
        {"VerificationMetrics", [&](auto& a, auto& b) { (void)mohs::VerificationMetrics{cosine}(a, b); }},
        {"ContrastiveLoss", [&](auto& a, auto& b) { (void)mohs::ContrastiveLoss{cosine}(a, b); }},
        {"InfoNCE", [&](auto& a, auto& b) { (void)mohs::InfoNCE{cosine}(a, b); }}};
    for (const mohs::Among among : {mohs::Among::everyone, mohs::Among::positives, mohs::Among::negatives}) {
        calls.push_back({"NearestNeighbours", [=](auto& a, auto& b) {
                             (void)mohs::NearestNeighbours{cosine, {.k = 2, .among = among}}(a, b);
                         }});
    }
    for (const auto& entry : calls) {
        const Both& call = entry.second;
        INFO(entry.first);
        const auto message = [&](const mohs::Batch<float>& queries, const mohs::Batch<float>& gallery) {
            return invalid([&] { call(queries, gallery); });
        };
        CHECK(says(message(batch, batch),
                   {"mohs::", "row 0 of the queries is row 0 of the gallery", "one batch", "sample ids"}));
        CHECK(says(message(batch, mohs::Batch(rows, labels)), {"mohs::", "row 0 of the queries is row 0"}));
        CHECK(says(message(by_column, by_column), {"mohs::", "row 0 of the queries is row 0"}));
        CHECK(says(message(head, batch), {"mohs::", "row 0 of the queries is row 0"}));
        CHECK(says(message(tail, batch), {"mohs::", "row 0 of the queries is row 3"}));
        CHECK(says(message(batch, tail), {"mohs::", "row 3 of the queries is row 0"}));
        CHECK(says(message(head_by_column, tail_by_column), {"mohs::", "row 3 of the queries is row 0"}));
        CHECK(message(batch, mohs::Batch(copy, labels)) == "");
        CHECK(message(batch.with_ids(ids), batch.with_ids(ids)) == "");
        CHECK(message(batch.related_by(relation), batch) == "");
        CHECK(message(batch, by_column) == "");
        CHECK(message(mohs::Batch(rows.topRows(4), labels_of_four), mohs::Batch(rows.bottomRows(4), labels_of_four)) ==
              "");
    }
    // Halves of rows side by side are other rows.
    const mohs::Matrix wide = reference::gaussian(8, 6).as<float>();
    CHECK(invalid([&] {
              (void)mohs::RetrievalMetrics{cosine}(mohs::Batch(wide.leftCols(3), labels),
                                                   mohs::Batch(wide.rightCols(3), labels));
          }) == "");
    // Where labels decide nothing a batch may be given twice.
    const mohs::InfoNCE paired{cosine, {.positives = mohs::PositivesOf::pair}};
    CHECK(invalid([&] { (void)paired(batch, batch); }) == "");
    CHECK(invalid([&] { mohs::scan(batch, batch, cosine, visitor); }) == "");
    mohs::Triplets<mohs::Cosine> triplets;
    triplets.add({0, 1, 2}, 0, 0);
    CHECK(invalid([&] { (void)mohs::TripletLoss{cosine}(batch, batch, triplets); }) == "");
    // A batch without rows shares none.
    const mohs::Matrix none(0, 3);
    const std::vector<int> no_labels;
    CHECK(invalid([&] {
              (void)mohs::RetrievalMetrics{cosine}(mohs::Batch(none, no_labels), mohs::Batch(none, no_labels));
          }) == "");
}

TEST_CASE("measure refuses rows that do not exist and rows of different size")
{
    const Rows some;
    const mohs::Batch a(some.rows), b(some.others), wide(some.wide);
    CHECK(says(invalid([&] { (void)mohs::measure(mohs::Cosine{}, a, 0, wide, 0); }),
               {"mohs::measure", "3", "5", "columns"}));
    CHECK(says(out_of_range([&] { (void)mohs::measure(mohs::Cosine{}, a, 6, b, 0); }),
               {"mohs::measure", "anchor 6", "has 6"}));
    CHECK(says(out_of_range([&] { (void)mohs::measure(mohs::Cosine{}, a, 0, b, -1); }),
               {"mohs::measure", "candidate -1", "has 4"}));
}

TEST_CASE("a triplet loss refuses senseless margins")
{
    const auto message = [](double margin) {
        return invalid([&] { mohs::TripletLoss(mohs::Cosine{}, {.margin = margin}); });
    };
    CHECK(says(message(-0.25), {"mohs::TripletLoss", "margin is -0.25", "finite and at least 0"}));
    CHECK(says(message(not_a_number), {"mohs::TripletLoss", "margin is", "nan", "finite"}));
    CHECK(says(message(infinity), {"mohs::TripletLoss", "margin is", "inf", "finite"}));
    CHECK(says(message(-infinity), {"mohs::TripletLoss", "margin is", "-inf", "finite"}));
    CHECK(message(0) == "");
    CHECK(message(1e300) == "");
}

TEST_CASE("the value that is named is the one that was refused")
{
    for (const double margin : {-1e-9, -3.5e20, -0.125}) {
        const std::string message = invalid([&] { mohs::TripletLoss(mohs::Cosine{}, {.margin = margin}); });
        const std::size_t at = message.find("margin is ");
        INFO(message);
        REQUIRE(at != std::string::npos);
        CHECK(std::strtod(message.c_str() + at + 10, nullptr) == Approx(margin).epsilon(1e-5));
    }
}

TEST_CASE("a triplet loss refuses rows that do not exist and leaves its outputs alone")
{
    const Rows some;
    const mohs::Batch batch(some.rows), gallery(some.others);
    const mohs::TripletLoss loss{mohs::Cosine{}, {.margin = 10}};
    const std::pair<mohs::Triplet, std::vector<std::string>> cases[] = {
        {{6, 0, 1}, {"anchor 6", "has 6"}},   {{-1, 0, 1}, {"anchor -1", "has 6"}},
        {{0, 6, 1}, {"positive 6", "has 6"}}, {{0, -2, 1}, {"positive -2", "has 6"}},
        {{0, 1, 6}, {"negative 6", "has 6"}}, {{0, 1, -9}, {"negative -9", "has 6"}}};
    for (const auto& [triplet, parts] : cases) {
        mohs::Triplets<mohs::Cosine> triplets;
        triplets.add({0, 1, 2}, 0, 0);
        triplets.add(triplet, 0, 0);
        mohs::Workspace workspace;
        mohs::Matrix gradient = mohs::Matrix::Constant(6, 3, 5);
        mohs::Report report;
        report.tuples = 77;
        const std::string message = out_of_range([&] { (void)loss(batch, triplets, workspace, gradient, 1, &report); });
        INFO(message);
        CHECK(says(message, {"mohs::TripletLoss"}));
        CHECK(says(message, parts));
        CHECK((gradient.array() == 5).all());
        CHECK(report.tuples == 77);
        CHECK(workspace.capacity() == 0);
        CHECK(out_of_range([&] { (void)loss(batch, triplets); }) == message);
    }

    // Positives and negatives are rows of the gallery, which is shorter.
    for (const mohs::Triplet triplet : {mohs::Triplet{5, 4, 0}, mohs::Triplet{5, 0, 4}}) {
        mohs::Triplets<mohs::Cosine> triplets;
        triplets.add(triplet, 0, 0);
        mohs::Workspace workspace;
        mohs::Matrix gradient = mohs::Matrix::Constant(6, 3, 5), gallery_gradient = mohs::Matrix::Constant(4, 3, 6);
        CHECK(says(out_of_range([&] { (void)loss(batch, gallery, triplets, workspace, gradient, gallery_gradient); }),
                   {"mohs::TripletLoss", "4", "has 4"}));
        CHECK((gradient.array() == 5).all());
        CHECK((gallery_gradient.array() == 6).all());
        CHECK(out_of_range([&] { (void)loss(batch, triplets); }) == "");
    }
}

TEST_CASE("a triplet loss refuses gradients of another size and leaves them alone")
{
    const Rows some;
    const mohs::Batch batch(some.rows), gallery(some.others), wide(some.wide);
    const mohs::TripletLoss loss{mohs::Cosine{}, {.margin = 10}};
    mohs::Triplets<mohs::Cosine> triplets;
    triplets.add({0, 1, 2}, 0, 0);
    mohs::Workspace workspace;
    for (const auto& [rows, columns] : {std::pair<Index, Index>{5, 3}, {7, 3}, {6, 2}, {6, 4}, {0, 0}, {3, 6}}) {
        mohs::Matrix wrong = mohs::Matrix::Constant(rows, columns, 5), right = mohs::Matrix::Constant(6, 3, 5),
                     gallery_right = mohs::Matrix::Constant(4, 3, 5);
        const std::vector<std::string> parts{"mohs::TripletLoss", "gradient",
                                             std::to_string(rows) + " x " + std::to_string(columns)};
        CHECK(says(invalid([&] { loss(batch, triplets, workspace, wrong); }), parts));
        CHECK(says(invalid([&] { loss(batch, gallery, triplets, workspace, wrong, gallery_right); }), parts));
        CHECK(says(invalid([&] { loss(batch, gallery, triplets, workspace, right, wrong); }), parts));
        for (const mohs::Matrix* const matrix : {&wrong, &right, &gallery_right}) {
            CHECK((matrix->array() == 5).all());
        }
    }
    CHECK(workspace.capacity() == 0);
    CHECK(says(invalid([&] { (void)loss(batch, wide, triplets); }), {"mohs::TripletLoss", "3 columns", "5"}));
}
