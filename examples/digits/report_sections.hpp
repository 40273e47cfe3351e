#pragma once

#include "results.hpp"

#include <string>
#include <vector>

namespace digits {

/// The parts of the page, one source file each. All return HTML, with everything that comes from input files escaped.
std::string curves_section(const Laboratory& laboratory, const std::vector<Result>& results);
std::string filters_section(const Laboratory& laboratory, const std::vector<Result>& results);
std::string embeddings_section(const Laboratory& laboratory);
std::string gallery_section(const Laboratory& laboratory);
std::string heat_section(const Laboratory& laboratory);
std::string table_section(const Laboratory& laboratory, const std::vector<Result>& results);

/// The result of a configuration after the last step.
const Result& last_result(const std::vector<Result>& results, const Configuration& configuration);

}  // namespace digits
