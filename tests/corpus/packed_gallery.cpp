// Covers detail/scene/kept_side.hpp.

#include <mohs/corpus/packed_gallery.hpp>

#include "../catch.hpp"
#include "corpus_problems.hpp"

#include <mohs/corpus/corpus_miner.hpp>

#include <numeric>
#include <optional>
#include <stdexcept>

namespace {

using corpus_oracle::Problem;
using corpus_problems::rows_as;
using mohs::Batch;
using mohs::CorpusMiner;
using mohs::CorpusOptions;
using mohs::Index;
using mohs::MatrixSource;
using mohs::PackedGallery;

template <class M>
bool same(const mohs::CorpusNegatives<M>& a, const mohs::CorpusNegatives<M>& b)
{
    bool equal = a.size() == b.size();
    for (Index list = 0; equal && list < a.size(); ++list) {
        equal = std::equal(a.negatives(list).begin(), a.negatives(list).end(), b.negatives(list).begin(),
                           b.negatives(list).end()) &&
                std::equal(a.scores(list).begin(), a.scores(list).end(), b.scores(list).begin()) &&
                std::equal(a.ranks(list).begin(), a.ranks(list).end(), b.ranks(list).begin());
    }
    return equal && a.report.rejected == b.report.rejected && a.report.provenance.key() == b.report.provenance.key() &&
           a.report.duplicate_rows == b.report.duplicate_rows &&
           a.report.non_finite_corpus == b.report.non_finite_corpus;
}

template <class M>
void compare(M metric, float scale)
{
    const Problem problem = corpus_problems::clustered(20, 150, 7, 71);
    const mohs::Matrix queries = rows_as<float>(problem.queries) * scale, corpus = rows_as<float>(problem.corpus),
                       first = corpus.topRows(40), second = corpus.middleRows(40, 0), third = corpus.bottomRows(110);
    PackedGallery gallery{metric, Batch{first}};
    gallery.append(Batch{second});
    gallery.append(Batch{third});
    const PackedGallery whole{metric, Batch{corpus}};
    for (const CorpusOptions& options :
         {CorpusOptions{.num_negatives = 4}, CorpusOptions{.num_negatives = 3, .range_min = 1, .relative_margin = 0.05},
          CorpusOptions{.num_negatives = 3, .sampling = mohs::Sampling::random},
          CorpusOptions{.num_negatives = 3, .range_max = 20, .sampling = mohs::Sampling::softmax}}) {
        const CorpusMiner miner{metric, options};
        const auto plain = miner(Batch{queries}, Batch{corpus}, problem.relation());
        CHECK(same(miner(MatrixSource{queries}, gallery, problem.relation(), corpus_problems::threads(2)), plain));
        CHECK(same(miner(Batch{queries}, whole, problem.relation()), plain));
        CHECK(same(miner(Batch{queries}, whole, problem.relation()), plain));
    }
}

}  // namespace

TEST_CASE("a packed gallery is mined as its rows are however they were put in", "[corpus][ieee]")
{
    compare(mohs::Cosine{}, 1);
    compare(mohs::DotProduct{}, 1e-3F);
    for (const float scale : {1e-6F, 1.0F, 1e4F, 1e25F}) {
        compare(mohs::Euclidean{}, scale);
    }
}

TEST_CASE("queries that are far longer than a packed gallery are mined as ever", "[corpus][ieee]")
{
    const Problem problem = corpus_problems::clustered(9, 60, 5, 72, false);
    const mohs::Matrix queries = rows_as<float>(problem.queries) * 1e22F, corpus = rows_as<float>(problem.corpus);
    const PackedGallery gallery{mohs::Euclidean{}, Batch{corpus}};
    const CorpusMiner miner{mohs::Euclidean{}, {.num_negatives = 3}};
    CHECK(same(miner(MatrixSource{queries}, gallery, problem.relation()),
               miner(Batch{queries}, Batch{corpus}, problem.relation())));
}

TEST_CASE("a packed gallery shows its rows and their ids", "[corpus][ieee]")
{
    const mohs::Matrix first = mohs::Matrix::Random(5, 3), second = mohs::Matrix::Random(4, 3);
    const std::vector<int> first_ids{10, 11, 12, 13, 14}, second_ids{20, 21, 22, 23};
    PackedGallery gallery{mohs::Cosine{}, Batch{first}.with_ids(first_ids)};
    gallery.append(Batch{second}.with_ids(second_ids));
    mohs::Matrix both(9, 3), buffer;
    both << first, second;
    CHECK(gallery.rows() == 9);
    for (Index begin = 0; begin < 9; ++begin) {
        CHECK(gallery.id(begin) == (begin < 5 ? 10 + begin : 15 + begin));
        for (Index count = 1; begin + count <= 9; ++count) {
            CHECK(gallery.block(begin, count, buffer) == both.middleRows(begin, count));
        }
    }
    CHECK_THROWS_AS(gallery.append(Batch{first}), std::invalid_argument);
    const mohs::Matrix wide = mohs::Matrix::Random(2, 4);
    CHECK_THROWS_AS(gallery.append(Batch{wide}), std::invalid_argument);
}

TEST_CASE("rows that are mined against themselves need ids in a packed gallery too", "[corpus][ieee]")
{
    const mohs::Matrix rows = mohs::Matrix::Random(12, 3), more = mohs::Matrix::Random(5, 3);
    std::vector<int> ids(12);
    std::iota(ids.begin(), ids.end(), 0);
    const CorpusMiner miner{mohs::Cosine{}, {.num_negatives = 2}};
    const auto relation = [](Index queries, Index corpus) {
        const std::vector<Index> none(static_cast<std::size_t>(queries) + 1, 0), empty;
        return mohs::Relation::positive_lists(none, empty, corpus);
    };
    PackedGallery gallery{mohs::Cosine{}, Batch{more}};
    gallery.append(Batch{rows});
    CHECK_THROWS_AS(miner(Batch{rows}, gallery, relation(12, 17)), std::invalid_argument);
    const MatrixSource source(rows);
    CHECK_THROWS_AS(miner(source, source, relation(12, 12)), std::invalid_argument);
    const auto named = Batch{rows}.with_ids(ids);
    const PackedGallery with_ids{mohs::Cosine{}, named};
    const auto found = miner(named, with_ids, relation(12, 12));
    for (Index list = 0; list < 12; ++list) {
        CHECK(found.count(list) == 2);
        CHECK(found.negatives(list)[0] != found.query(list));
    }
    CHECK(found.report.copies_of_queries == 0);
    // What cannot be seen beforehand, because it is a copy, is counted.
    const mohs::Matrix copy = rows;
    const auto blind = miner(Batch{copy}, Batch{rows}, relation(12, 12));
    CHECK(blind.report.copies_of_queries == 12);
}

TEST_CASE("a packed gallery without rows is one and so is one whose rows were refused", "[corpus][ieee]")
{
    const mohs::Matrix none(0, 3), queries = mohs::Matrix::Random(4, 3), wide = mohs::Matrix::Random(2, 4);
    PackedGallery gallery{mohs::Cosine{}, Batch{none}};
    CorpusOptions options{.num_negatives = 2};
    std::vector<double> shares;
    options.progress = [&](const mohs::CorpusProgress& progress) {
        shares.push_back(progress.share);
        return true;
    };
    const std::vector<Index> offsets(5, 0), empty;
    const auto relation = mohs::Relation::positive_lists(offsets, empty, 0);
    CHECK(CorpusMiner{mohs::Cosine{}, options}(Batch{queries}, gallery, relation).report.missing == 8);
    CHECK(std::all_of(shares.begin(), shares.end(), [](double share) { return share >= 0 && share <= 1; }));
    CHECK_THROWS_AS(gallery.append(Batch{wide}), std::invalid_argument);
    CHECK(gallery.rows() == 0);
    CHECK(gallery.seen().row_hash.empty());
}

namespace {

/// Rows that are read, or shown where they lie.
struct Reader {
    const mohs::Matrix& all;
    bool shows = false;
    mutable Index reads = 0;

    [[nodiscard]] Index rows() const { return all.rows(); }
    [[nodiscard]] Index columns() const { return all.cols(); }
    void read(Index first, Index count, mohs::Matrix& to) const
    {
        ++reads;
        to = all.middleRows(first, count);
    }
    template <class Scalar>
    [[nodiscard]] std::optional<Eigen::Map<const mohs::Matrix, 0, Eigen::OuterStride<>>> view(Index first,
                                                                                              Index count) const
    {
        if (!shows) {
            return std::nullopt;
        }
        return Eigen::Map<const mohs::Matrix, 0, Eigen::OuterStride<>>(all.data() + first * all.cols(), count,
                                                                       all.cols(), Eigen::OuterStride<>(all.cols()));
    }
};

}  // namespace

TEST_CASE("rows that are read are mined as those in memory with ids where they are given", "[corpus][ieee]")
{
    const Problem problem = corpus_problems::clustered(13, 70, 5, 73);
    const mohs::Matrix queries = rows_as<float>(problem.queries), corpus = rows_as<float>(problem.corpus);
    std::vector<std::int64_t> query_ids, corpus_ids;
    for (Index i = 0; i < 70; ++i) {
        corpus_ids.push_back(i / 2);
    }
    for (Index i = 0; i < 13; ++i) {
        query_ids.push_back(i);
    }
    const CorpusMiner miner{mohs::Cosine{}, {.num_negatives = 4, .corpus_block = 16, .query_block = 5}};
    const auto plain =
        miner(Batch{queries}.with_ids(query_ids), Batch{corpus}.with_ids(corpus_ids), problem.relation());
    for (const bool shows : {false, true}) {
        const Reader query_reader{queries, shows}, corpus_reader{corpus, shows};
        const mohs::ReadSource<float, Reader> query_rows(query_reader), corpus_rows(corpus_reader);
        const mohs::IdentifiedSource some(query_rows, query_ids), all(corpus_rows, corpus_ids);
        CHECK(same(miner(some, all, problem.relation()), plain));
        CHECK((corpus_reader.reads > 0) != shows);
        CHECK_THROWS_AS(miner(some, corpus_rows, problem.relation()), std::invalid_argument);
    }
    const mohs::MatrixSource source(queries);
    CHECK_THROWS_AS(mohs::IdentifiedSource(source, corpus_ids), std::invalid_argument);
}
