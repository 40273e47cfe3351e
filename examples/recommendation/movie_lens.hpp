#pragma once

#include "r_data.hpp"
#include "ratings.hpp"

namespace recommendation {

/// MovieLens (Harper, Konstan 2015), as the data frame `movielens` of the R package dslabs: 100,004 ratings of 671 users
/// and 9,066 films, half a star to five. Who rates a film has seen it; three stars and more are liked: grade 1 for 3 and
/// 3.5, 2 for 4 and 4.5, 3 for 5 stars, and 0 for less.
///
/// Throws std::runtime_error, with one sentence, for frames that lack a column, whose columns differ in their lengths or
/// have other values, and where a user rates a film twice.
[[nodiscard]] Ratings ratings_of(const RValue& frame, const std::string& where);

/// Reads it where Debian's r-cran-dslabs is unpacked: `folder` is that of the package, its `data`, or the one that
/// `dpkg -x` unpacked into. Throws what `ratings_of` and `load_r_variable` do.
[[nodiscard]] Ratings load_movie_lens(const std::filesystem::path& folder);

}  // namespace recommendation
