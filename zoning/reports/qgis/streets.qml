<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>
<qgis version="3.28.0-Firenze" styleCategories="Symbology|Labeling" labelsEnabled="0">
 <renderer-v2 type="categorizedSymbol" symbollevels="0" enableorderby="0" forceraster="0" attr="road_class">
  <categories>
   <category value="freeway" label="Freeway" symbol="0" render="true" type="string" />
   <category value="arterial" label="Main street" symbol="1" render="true" type="string" />
   <category value="" label="Street" symbol="2" render="true" type="string" />
  </categories>
  <symbols>
   <symbol type="line" name="0" alpha="1" clip_to_extent="1" force_rhr="0">
    <layer class="SimpleLine" enabled="1" locked="0" pass="0">
     <Option type="Map">
      <Option type="QString" name="line_color" value="106,112,118,255" />
      <Option type="QString" name="line_style" value="solid" />
      <Option type="QString" name="line_width" value="0.7" />
      <Option type="QString" name="line_width_unit" value="MM" />
      <Option type="QString" name="capstyle" value="round" />
      <Option type="QString" name="joinstyle" value="round" />
     </Option>
     <prop k="line_color" v="106,112,118,255" />
     <prop k="line_style" v="solid" />
     <prop k="line_width" v="0.7" />
     <prop k="line_width_unit" v="MM" />
     <prop k="capstyle" v="round" />
     <prop k="joinstyle" v="round" />
    </layer>
   </symbol>
   <symbol type="line" name="1" alpha="1" clip_to_extent="1" force_rhr="0">
    <layer class="SimpleLine" enabled="1" locked="0" pass="0">
     <Option type="Map">
      <Option type="QString" name="line_color" value="134,140,146,255" />
      <Option type="QString" name="line_style" value="solid" />
      <Option type="QString" name="line_width" value="0.35" />
      <Option type="QString" name="line_width_unit" value="MM" />
      <Option type="QString" name="capstyle" value="round" />
      <Option type="QString" name="joinstyle" value="round" />
     </Option>
     <prop k="line_color" v="134,140,146,255" />
     <prop k="line_style" v="solid" />
     <prop k="line_width" v="0.35" />
     <prop k="line_width_unit" v="MM" />
     <prop k="capstyle" v="round" />
     <prop k="joinstyle" v="round" />
    </layer>
   </symbol>
   <symbol type="line" name="2" alpha="1" clip_to_extent="1" force_rhr="0">
    <layer class="SimpleLine" enabled="1" locked="0" pass="0">
     <Option type="Map">
      <Option type="QString" name="line_color" value="154,160,165,255" />
      <Option type="QString" name="line_style" value="solid" />
      <Option type="QString" name="line_width" value="0.18" />
      <Option type="QString" name="line_width_unit" value="MM" />
      <Option type="QString" name="capstyle" value="round" />
      <Option type="QString" name="joinstyle" value="round" />
     </Option>
     <prop k="line_color" v="154,160,165,255" />
     <prop k="line_style" v="solid" />
     <prop k="line_width" v="0.18" />
     <prop k="line_width_unit" v="MM" />
     <prop k="capstyle" v="round" />
     <prop k="joinstyle" v="round" />
    </layer>
   </symbol>
  </symbols>
 </renderer-v2>
 <layerGeometryType>1</layerGeometryType>
</qgis>
