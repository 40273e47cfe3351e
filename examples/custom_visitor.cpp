// A new strategy, as a visitor of mohs::scan: the second hardest negative of every anchor, which is less likely than
// the hardest to be a mislabelled positive. It is checked against a plain loop, and the exit status says whether it
// agrees.

#include <mohs/mohs.hpp>

#include <iostream>
#include <vector>

struct SecondHardestNegative {
    static constexpr mohs::Among among = mohs::Among::negatives;
    static constexpr bool smallest_first = false;

    struct Kept {
        float score = 0;
        mohs::Index row = -1;
        // Of equal scores, the lowest row comes first; whatever has been offered comes before nothing.
        [[nodiscard]] bool before(const Kept& other) const
        {
            return other.row < 0 || (score != other.score ? score > other.score : row < other.row);
        }
    };
    std::vector<Kept> first, second;

    void start(mohs::Index anchors, mohs::Workspace&)
    {
        first.assign(static_cast<std::size_t>(anchors), {});
        second = first;
    }

    // Offered is what scores at least `threshold`; what is returned is the next one.
    float accept(mohs::Anchor anchor, mohs::Candidate candidate, float score, float threshold)
    {
        Kept &best = first[static_cast<std::size_t>(anchor.row)], &next = second[static_cast<std::size_t>(anchor.row)];
        const Kept offered{score, candidate.row};
        if (offered.before(best)) {
            next = best;
            best = offered;
        } else if (offered.before(next)) {
            next = offered;
        }
        return next.row < 0 ? threshold : next.score;
    }
};

int main()
{
    // Small integers: their products are exact, in whatever order they are added, and many are equal.
    const mohs::Matrix rows = (mohs::Matrix::Random(300, 8) * 4).array().round();
    const Eigen::VectorXi labels = Eigen::VectorXi::LinSpaced(300, 0, 299) / 3;
    const mohs::Batch batch{rows, labels};

    SecondHardestNegative visitor;
    mohs::scan(batch, mohs::DotProduct{}, visitor);

    const auto before = [&](mohs::Index anchor, mohs::Index a, mohs::Index b) {
        const float x = rows.row(anchor).dot(rows.row(a)), y = rows.row(anchor).dot(rows.row(b));
        return x != y ? x > y : a < b;
    };
    int wrong = 0;
    for (mohs::Index anchor = 0; anchor < rows.rows(); ++anchor) {
        const mohs::Index found = visitor.second[static_cast<std::size_t>(anchor)].row;
        int harder = 0;
        for (mohs::Index i = 0; i < rows.rows(); ++i) {
            harder += labels[i] != labels[anchor] && found >= 0 && before(anchor, i, found);
        }
        wrong += found < 0 || labels[found] == labels[anchor] || harder != 1;
    }
    std::cout << rows.rows() - wrong << " of " << rows.rows() << " anchors have their second hardest negative\n";
    return wrong == 0 ? 0 : 1;
}
