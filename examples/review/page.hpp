#pragma once

#include "samples.hpp"

#include <mohs/review/review_queue.hpp>

namespace review {

struct PageOptions {
    std::string title = "Review", annotator{};
    mohs::Index count = 1000;  ///< records on the page, the most suspicious ones
    /// What verdicts say they were asked from: where a page has a part of a queue, as what is open, the id of the
    /// whole.
    std::optional<mohs::ReviewId> queue{};
    const Samples* candidates = nullptr;  ///< candidates of ordered pairs, where they have ids of their own
};

/// A page to judge the records of a queue on: one file that asks for nothing outside it. Whatever is in the queue and
/// the samples stays text: it is kept from being markup or script by what is escaped here, by a script that puts it in
/// as text only, and by a policy that lets the page run this script and no other. An answer is kept with the name of
/// who gives it; the state of a page is kept by the id of its own records.
std::string to_html(const mohs::ReviewQueue& queue, const Samples& samples, const PageOptions& options);

}  // namespace review
