#include <mohs/corpus/gallery_cache.hpp>

#include "../catch.hpp"
#include "corpus_problems.hpp"

#include <cmath>
#include <stdexcept>

using mohs::Batch;
using mohs::GalleryCache;
using mohs::Index;

// What a gallery is mined for is in packed_gallery.cpp: a miner sees no difference.

TEST_CASE("rows that are the same are packed once whatever their layout and place", "[corpus][ieee]")
{
    mohs::Matrix rows = mohs::Matrix::Random(40, 6);
    rows(3, 2) = std::numeric_limits<float>::quiet_NaN();
    GalleryCache cache{mohs::Cosine{}};
    const auto first = cache(Batch{rows});
    const mohs::Matrix elsewhere = rows;
    const Eigen::MatrixXf by_column = rows;
    CHECK(cache(Batch{elsewhere}) == first);
    CHECK(cache(Batch{by_column}) == first);
    CHECK(cache.hits() == 2);
    CHECK(cache.misses() == 1);
    CHECK(first->rows() == 40);
    CHECK_FALSE(first->has_ids());
}

TEST_CASE("rows that differ in anything at all are packed anew", "[corpus][ieee]")
{
    mohs::Matrix rows = mohs::Matrix::Random(40, 6);
    const std::vector<int> ids = [] {
        std::vector<int> result;
        for (int i = 0; i < 40; ++i) {
            result.push_back(7 * i);
        }
        return result;
    }();
    std::vector<int> other_ids = ids;
    other_ids[39] = 5;
    GalleryCache cache{mohs::Cosine{}, {.most = 20}};
    std::vector<std::shared_ptr<const GalleryCache<mohs::Cosine>::Gallery>> all{cache(Batch{rows})};
    const auto is_new = [&](const Batch<float>& batch) {
        const auto found = cache(batch);
        const bool known = std::find(all.begin(), all.end(), found) != all.end();
        all.push_back(found);
        return !known && cache(batch) == found;
    };
    mohs::Matrix other = rows;
    other(39, 5) = std::nextafter(other(39, 5), 2.0F);
    CHECK(is_new(Batch{other}));
    other = rows;
    other.row(0).swap(other.row(1));
    CHECK(is_new(Batch{other}));
    const mohs::Matrix fewer = rows.topRows(39), narrow = rows.leftCols(5);
    CHECK(is_new(Batch{fewer}));
    CHECK(is_new(Batch{narrow}));
    const Eigen::Map<const mohs::Matrix> reshaped(rows.data(), 60, 4);
    CHECK(is_new(Batch{reshaped}));
    CHECK(is_new(Batch{rows}.with_ids(ids)));
    CHECK(is_new(Batch{rows}.with_ids(other_ids)));
    CHECK(all.back()->id(39) == 5);
    other = rows;
    other(2, 2) = 0;
    CHECK(is_new(Batch{other}));
    other(2, 2) = -0.0F;
    CHECK(is_new(Batch{other}));
    CHECK(cache(Batch{rows}) == all.front());
}

TEST_CASE("a matrix that is written over does not change what was packed", "[corpus][ieee]")
{
    mohs::Matrix rows = mohs::Matrix::Random(30, 5), buffer;
    const mohs::Matrix before = rows;
    GalleryCache cache{mohs::DotProduct{}, {.most = 1}};
    const auto old = cache(Batch{rows});
    rows *= 2;
    const auto fresh = cache(Batch{rows});
    CHECK(fresh != old);
    CHECK(old->block(0, 30, buffer) == before);
    CHECK(fresh->block(0, 30, buffer) == rows);
    CHECK(cache.size() == 1);
    // Forgotten by the cache, but not by who has it.
    rows = before;
    CHECK(cache(Batch{rows}) != old);
    CHECK(old->block(0, 30, buffer) == before);
    cache.clear();
    CHECK(cache.size() == 0);
}

TEST_CASE("a cache keeps the galleries that were asked for last", "[corpus][ieee]")
{
    const mohs::Matrix a = mohs::Matrix::Random(8, 3), b = mohs::Matrix::Random(8, 3), c = mohs::Matrix::Random(8, 3);
    GalleryCache cache{mohs::Cosine{}, {.most = 2}};
    static_cast<void>(cache(Batch{a}));
    static_cast<void>(cache(Batch{b}));
    static_cast<void>(cache(Batch{a}));
    static_cast<void>(cache(Batch{c}));
    CHECK(cache.misses() == 3);
    static_cast<void>(cache(Batch{a}));
    CHECK(cache.misses() == 3);
    static_cast<void>(cache(Batch{b}));
    CHECK(cache.misses() == 4);
    CHECK(cache.size() == 2);
}

TEST_CASE("a cache refuses what makes no sense and stays as it was", "[corpus][ieee]")
{
    CHECK_THROWS_AS(GalleryCache(mohs::Cosine{}, {.most = 0}), std::invalid_argument);
    CHECK_THROWS_AS(GalleryCache(mohs::Cosine{}, {}, {.threads = -1}), std::invalid_argument);
    // Packing fails: nothing of it is kept.
    bool fails = false;
    mohs::Options run;
    run.executor = [&](Index count, const std::function<void(Index)>& body) {
        for (Index i = 0; i < (fails ? 0 : count); ++i) {
            body(i);
        }
    };
    const mohs::Matrix rows = mohs::Matrix::Random(300, 4), none(0, 4);
    GalleryCache cache{mohs::Cosine{}, {}, run};
    fails = true;
    CHECK_THROWS(cache(Batch{rows}));
    CHECK(cache.size() == 0);
    fails = false;
    CHECK(cache(Batch{rows})->rows() == 300);
    CHECK(cache(Batch{none})->rows() == 0);
    CHECK(cache(Batch{none}) == cache(Batch{none}));
}
