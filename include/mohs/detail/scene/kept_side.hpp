#pragma once

/// \file
/// Batches that are packed once, as the candidates of many scenes.

#include <mohs/detail/scene/build_scene.hpp>

namespace mohs::inline MOHS_ABI::detail {

/// A packed batch, with the memory that it is packed in. Labels, ids, roles and relations are not kept: all pairs of
/// its scenes are negatives.
template <class T>
struct KeptSide {
    PackedSide<T> side;
    std::span<const double> mean;  ///< that was taken off scaled rows, where the metric centres
    IsaLevel isa = IsaLevel::automatic;
    Index depth = 0, width = 0;
    Workspace memory;
};

/// Packs a batch without labels, ids and roles.
template <PackForm form, class T, class Scalar>
KeptSide<T> keep_side_as(const Batch<Scalar>& batch, const Options& options)
{
    KeptSide<T> kept;
    Scene<T> scene;
    kept.isa = scene.isa = isa::resolve(options.isa);
    kept.depth = scene.depth = batch.dimension();
    kept.width = scene.width = panel_width_at<T>(scene.isa);
    Packer<T, form> packer(scene, PackOrder::by_class, options, kept.memory);
    packer.reserve(batch, kept.side);
    const std::span<double> mean =
        kept.memory.template take<double>(form.transform == RowTransform::centre ? scene.depth : 0);
    kept.mean = mean;
    const Workspace::Frame frame(kept.memory);
    const std::span<double> norms = packer.measure(batch, kept.side);
    packer.arrange(batch, norms, kept.side);
    RowMap map;
    if constexpr (form.transform != RowTransform::normalise) {
        const NormRange range = norm_range(norms);
        const CommonScale scale = common_scale<T>(range);
        map.scale = scale.factor;
        kept.side.length = power_of_two(scale.largest);
        if constexpr (form.transform == RowTransform::centre) {
            const std::span<const double> centre = centre_of<T>(batch, norms, range.typical, scale.factor, kept.memory);
            std::copy(centre.begin(), centre.end(), mean.begin());
            map.mean = mean.data();
        }
    }
    packer.pack(batch, norms, map, kept.side);
    return kept;
}
template <class M, class Scalar>
auto keep_side(const Batch<Scalar>& batch, const Options& options)
{
    return keep_side_as<pack_form<M>, typename Batch<Scalar>::Compute>(batch, options);
}

/// Packs anchors without labels, ids and roles against a side that is kept; or, where these are so much longer that
/// scores would overflow with its scale, both, as `batch`. Throws std::invalid_argument for another instruction set.
template <class M, class T, class A, class B>
Scene<T> scene_against(const Batch<A>& anchors, const Batch<B>& batch, const KeptSide<T>& kept, const Options& options,
                       Workspace& workspace)
{
    constexpr PackForm form = pack_form<M>;
    Scene<T> scene;
    scene.isa = isa::resolve(options.isa);
    if (scene.isa != kept.isa) {
        throw_rule("PackedGallery", "rows were packed for another instruction set than options.isa asks for now");
    }
    scene.depth = kept.depth;
    scene.width = kept.width;
    scene.candidates = kept.side;
    Packer<T, form> packer(scene, PackOrder::by_class, options, workspace);
    packer.reserve(anchors, scene.anchors);
    bool too_long = false;
    {
        const Workspace::Frame frame(workspace);
        const std::span<double> norms = packer.measure(anchors, scene.anchors);
        packer.arrange(anchors, norms, scene.anchors);
        RowMap map;
        if constexpr (form.transform == RowTransform::scale) {
            const CommonScale scale = common_scale<T>(norm_range(norms));
            map.scale = scale.factor;
            scene.anchors.length = power_of_two(scale.largest);
        } else if constexpr (form.transform == RowTransform::centre) {
            constexpr int highest_largest = std::is_same_v<T, float> ? 60 : 480;
            const NormRange range = norm_range(norms);
            map.scale = 1 / kept.side.unscale;
            map.mean = kept.mean.data();
            const int largest = range.empty() ? 0 : (std::max)(0, range.largest + exponent_of(map.scale));
            too_long = largest > highest_largest;
            scene.anchors.length = (std::max)(kept.side.length, power_of_two((std::min)(largest, highest_largest)));
            scene.candidates.length = scene.anchors.length;
        }
        if (!too_long) {
            packer.pack(anchors, norms, map, scene.anchors);
        }
    }
    if (too_long) {
        return open_scene<M>({.verb = "PackedGallery", .needs_relation = false, .told_apart = true}, anchors, batch,
                             options, workspace);
    }
    scene.class_ranges = workspace.take<ClassRange>(scene.anchors.order.classes, ClassRange{0, 0});
    return scene;
}

}  // namespace mohs::inline MOHS_ABI::detail
