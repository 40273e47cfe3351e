#pragma once

/// \file
/// GalleryCache: packed galleries that are kept as long as their rows stay the same.

#include <mohs/corpus/packed_gallery.hpp>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace mohs::inline MOHS_ABI {

/// Options of GalleryCache.
struct GalleryCacheOptions {
    Index most = 2;  ///< galleries that are kept, those asked for last: the rows of now, and of one time before
};

/// Packs rows, and keeps what it packed: asked for the same rows again, it has them at once. What "the same" means is
/// their content, and nothing else: every element, bit for bit, their number, columns and sample ids. A cache by the name
/// of a model, or by the address of a matrix, would give old rows once the model was trained, or the matrix written over.
///
///     mohs::GalleryCache cache{mohs::Cosine{}};
///     for (...) {
///         const auto gallery = cache(mohs::Batch{corpus});        // packs only when the corpus was embedded anew
///         const auto found = miner(mohs::Batch{queries}, *gallery, positives);
///     }
///
/// Rows are copied, so that whoever asked may change his own, and a gallery stays what it is as long as anybody has it.
/// For the same reason a miner cannot see that queries are rows of the corpus: give both sample ids then, or look at
/// `report.copies_of_queries`.
///
/// A gallery is found by a hash of its rows, and compared with them before it is given out; it is kept only once it is
/// whole. Metric, scalar and instruction set are those of the cache. Of one thread at a time; galleries may be used by
/// any.
///
/// Throws std::invalid_argument for fewer than 1 gallery, and what PackedGallery throws; then nothing has changed.
/// O(rows columns) even where rows are found, to hash and compare them: a few per cent of what it takes to pack and mine
/// them. Memory: for each gallery what PackedGallery takes, and its rows.
template <Metric M, class Scalar_ = float>
class GalleryCache {
public:
    using Scalar = Scalar_;
    using Gallery = PackedGallery<M, Scalar>;

    explicit GalleryCache(M, const GalleryCacheOptions& options = {}, const Options& run = {})
        : options_(options), run_(run)
    {
        if (options.most < 1) {
            detail::throw_bad_value("GalleryCache: most", static_cast<double>(options.most), "at least 1");
        }
        detail::check_options(run);
    }

    /// The rows, packed. Of a batch, labels, roles and relation are not looked at.
    [[nodiscard]] std::shared_ptr<const Gallery> operator()(const Batch<Scalar>& rows)
    {
        const std::uint64_t hash = hash_of(rows);
        for (auto at = entries_.begin(); at != entries_.end(); ++at) {
            if ((*at)->hash == hash && equal(rows, **at)) {
                std::rotate(entries_.begin(), at, at + 1);
                ++hits_;
                return gallery_of(entries_.front());
            }
        }
        auto entry = std::make_shared<Entry>(rows, hash);
        entry->gallery.emplace(M{}, entry->batch(rows.has_ids()), run_);
        entries_.insert(entries_.begin(), std::move(entry));
        entries_.resize((std::min)(entries_.size(), static_cast<std::size_t>(options_.most)));
        ++misses_;
        return gallery_of(entries_.front());
    }

    /// How often rows were found, and how often they had to be packed.
    [[nodiscard]] Index hits() const { return hits_; }
    [[nodiscard]] Index misses() const { return misses_; }
    /// Galleries that are kept.
    [[nodiscard]] Index size() const { return static_cast<Index>(entries_.size()); }
    /// Forgets all; what was given out stays.
    void clear() { entries_.clear(); }

private:
    struct Entry {
        Entry(const Batch<Scalar>& from, std::uint64_t content) : hash(content), rows(from.rows(), from.dimension())
        {
            for (Index row = 0; row < from.rows(); ++row) {
                for (Index k = 0; k < from.dimension(); ++k) {
                    rows(row, k) = element(from, row, k);
                }
                if (from.has_ids()) {
                    ids.push_back(from.id(row));
                }
            }
        }
        [[nodiscard]] Batch<Scalar> batch(bool with_ids) const
        {
            const Batch<Scalar> all(rows);
            return with_ids ? all.with_ids(ids) : all;
        }

        std::uint64_t hash;
        MatrixOf<Scalar> rows;
        std::vector<std::int64_t> ids;
        std::optional<Gallery> gallery;
    };

    static Scalar element(const Batch<Scalar>& batch, Index row, Index k)
    {
        return batch.data()[row * batch.row_stride() + k * batch.column_stride()];
    }
    static std::shared_ptr<const Gallery> gallery_of(const std::shared_ptr<const Entry>& entry)
    {
        return {entry, &*entry->gallery};
    }

    [[nodiscard]] std::uint64_t hash_of(const Batch<Scalar>& rows) const
    {
        const MatrixSource<Scalar> source(rows);
        return detail::inspect_rows(source, std::max<Index>(rows.rows(), 1), true, run_).hash_of(source);
    }

    /// Whether rows are those of an entry, bit for bit: a NaN equals itself, and 0 does not equal -0.
    static bool equal(const Batch<Scalar>& rows, const Entry& entry)
    {
        using Bits = typename detail::FloatBits<Scalar>::Word;
        if (rows.rows() != entry.rows.rows() || rows.dimension() != entry.rows.cols() ||
            rows.has_ids() != entry.gallery->has_ids()) {
            return false;
        }
        for (Index row = 0; row < rows.rows(); ++row) {
            if (rows.has_ids() && rows.id(row) != entry.ids[static_cast<std::size_t>(row)]) {
                return false;
            }
            Bits differing = 0;
            for (Index k = 0; k < rows.dimension(); ++k) {
                differing = static_cast<Bits>(
                    differing | (std::bit_cast<Bits>(element(rows, row, k)) ^ std::bit_cast<Bits>(entry.rows(row, k))));
            }
            if (differing != 0) {
                return false;
            }
        }
        return true;
    }

    GalleryCacheOptions options_;
    Options run_;
    std::vector<std::shared_ptr<const Entry>> entries_;  ///< those asked for last first
    Index hits_ = 0, misses_ = 0;
};
template <class M>
GalleryCache(M) -> GalleryCache<M>;
template <class M>
GalleryCache(M, GalleryCacheOptions) -> GalleryCache<M>;
template <class M>
GalleryCache(M, GalleryCacheOptions, Options) -> GalleryCache<M>;

}  // namespace mohs::inline MOHS_ABI
