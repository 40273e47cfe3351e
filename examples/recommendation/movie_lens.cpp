#if defined(MOHS_RECOMMENDATION_ZLIB)

#include "movie_lens.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <stdexcept>

namespace recommendation {

namespace {

/// Numbers from 0 on for ids, by ascending id.
std::map<std::int32_t, Index> numbered(const std::vector<std::int32_t>& ids)
{
    std::map<std::int32_t, Index> numbers;
    for (const std::int32_t id : ids) {
        numbers.emplace(id, 0);
    }
    Index next = 0;
    for (auto& [id, number] : numbers) {
        number = next++;
    }
    return numbers;
}

}  // namespace

Ratings ratings_of(const RValue& frame, const std::string& where)
{
    const auto fail = [&where](const std::string& what) { throw std::runtime_error(where + " " + what); };
    const auto column = [&](const char* name, RKind kind) -> const RValue& {
        const RValue* const found = frame.find(name);
        if (found == nullptr || found->kind != kind) {
            fail(std::string("has no column ") + name + " of the right type: it is not MovieLens");
        }
        return *found;
    };
    constexpr std::int32_t missing = (std::numeric_limits<std::int32_t>::min)();
    const std::vector<std::int32_t>& films = column("movieId", RKind::integers).integers;
    const std::vector<std::int32_t>& users = column("userId", RKind::integers).integers;
    const std::vector<std::int32_t>& times = column("timestamp", RKind::integers).integers;
    const std::vector<double>& stars = column("rating", RKind::numbers).numbers;
    const std::vector<std::string>& titles = column("title", RKind::texts).texts;
    const std::size_t count = films.size();
    if (users.size() != count || times.size() != count || stars.size() != count || titles.size() != count) {
        fail("has columns of different lengths");
    }
    const std::map<std::int32_t, Index> film_numbers = numbered(films), user_numbers = numbered(users);
    Ratings ratings{"MovieLens", static_cast<Index>(user_numbers.size()), static_cast<Index>(film_numbers.size()), {}};
    ratings.titles.resize(film_numbers.size());
    for (std::size_t i = 0; i < count; ++i) {
        if (films[i] == missing || users[i] == missing || times[i] == missing || !(stars[i] >= 0.5 && stars[i] <= 5)) {
            fail("has no rating of 0.5 to 5 stars in line " + std::to_string(i + 1));
        }
        const Index film = film_numbers.at(films[i]);
        ratings.titles[static_cast<std::size_t>(film)] = titles[i];
        ratings.list.push_back(
            {user_numbers.at(users[i]), film, stars[i] < 3 ? 0 : static_cast<std::int32_t>(stars[i]) - 2, times[i]});
    }
    const auto by_film = [](const Rating& a, const Rating& b) {
        return a.user != b.user ? a.user < b.user : a.item < b.item;
    };
    std::sort(ratings.list.begin(), ratings.list.end(), by_film);
    const auto twice =
        std::adjacent_find(ratings.list.begin(), ratings.list.end(),
                           [](const Rating& a, const Rating& b) { return a.user == b.user && a.item == b.item; });
    if (twice != ratings.list.end()) {
        fail("has two ratings of a film by one user");
    }
    std::stable_sort(ratings.list.begin(), ratings.list.end(), [](const Rating& a, const Rating& b) {
        return a.user != b.user ? a.user < b.user : a.time < b.time;
    });
    return ratings;
}

Ratings load_movie_lens(const std::filesystem::path& folder)
{
    for (const char* const below : {".", "data", "usr/lib/R/site-library/dslabs/data"}) {
        const std::filesystem::path base = (folder / below / "Rdata").lexically_normal();
        std::filesystem::path index = base, data = base;
        index += ".rdx";
        data += ".rdb";
        if (std::filesystem::exists(index)) {
            return ratings_of(load_r_variable(base, "movielens"), data.string());
        }
    }
    throw std::runtime_error(folder.string() + " has no Rdata.rdx: is it where Debian's r-cran-dslabs is unpacked?");
}

}  // namespace recommendation

#endif
