#pragma once

#include <mohs/review/verdicts.hpp>

#include <string>

namespace review {

/// What became of verdicts on a queue, a line each: the counts of their report that are not 0, and how far annotators
/// agree, where there are several.
std::string summary_of(const mohs::Verdicts& verdicts, const mohs::ReviewQueue& queue);

/// What is still to be asked: what is not decided; of a person, unless the name is empty, what he or she has not
/// answered.
mohs::ReviewQueue open_records(const mohs::ReviewQueue& queue, const mohs::Verdicts& verdicts,
                               const std::string& annotator);

}  // namespace review
